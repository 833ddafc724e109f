"""What a person must look at: the exceptions inbox of the desk."""
