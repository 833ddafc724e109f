"""Who may do what: people, phones, enrolment, sessions."""
