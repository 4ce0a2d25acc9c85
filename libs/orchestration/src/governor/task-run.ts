import type { TaskRecord } from '../ports/goal.js';

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A task in the hands of its goal's owner. */
export type TaskRun = Mutable<TaskRecord>;
