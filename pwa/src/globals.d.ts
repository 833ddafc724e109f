/** The version of this app, put in when it is built. */
declare const __APP_VERSION__: string;
