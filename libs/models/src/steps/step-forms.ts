import { FILE_FORMS } from './file-forms.js';
import type { StepForm } from './forms.js';
import { RESULT_FORMS } from './result-forms.js';
import { TABLE_FORMS } from './table-forms.js';

/** The grammar of steps: everything that a step can say. */
export const STEP_FORMS: readonly StepForm[] = [...FILE_FORMS, ...TABLE_FORMS, ...RESULT_FORMS];
