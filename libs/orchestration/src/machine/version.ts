/**
 * The version of the machine that this program is. Each goal carries the version that wrote it last; what is written by
 * a newer one is left to processes that know it.
 *
 * 1: until goals carried a version at all.
 * 2: tasks are handed to other workers, and calls of unknown outcome wait for a person.
 *
 * Raise it by one whenever a process of the version before could carry a goal wrongly that this one has written: a new
 * or removed state of goals or tasks, another outcome or row of the table, or a stored form (goal, plan, task, approval,
 * command) that means something else or lacks what was there. Something more, which older processes may overlook, needs
 * no new version. Add the way up from the version before to `UPCASTERS`, and record histories of the new version (test/histories).
 */
export const MACHINE_VERSION = 2;
