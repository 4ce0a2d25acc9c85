export { EXIT_CONFIG, SettingsError, loadSettings } from './load.js';
export { SETTINGS, type Setting, type SettingName, type Settings } from './schema.js';
export { APP_SETTINGS } from './token.js';
