/** Injection token of the program's Settings. */
export const APP_SETTINGS = Symbol('settings');
