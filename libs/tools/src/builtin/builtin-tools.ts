import type { Tool } from '../tool.js';
import { checksumFiles } from './checksum-files.js';
import { createDirectory, listDirectory } from './directories.js';
import { echo } from './echo.js';
import { copyFile, deleteFile, moveFile } from './file-changes.js';
import { fileInfo } from './file-info.js';
import { readFile } from './read-file.js';
import { searchFiles } from './search-files.js';
import { sleep } from './sleep.js';
import { writeFile } from './write-file.js';

/** The tools that every installation has. A new one takes effect by being listed here. */
export const BUILTIN_TOOLS: readonly Tool[] = [
  checksumFiles,
  copyFile,
  createDirectory,
  deleteFile,
  echo,
  fileInfo,
  listDirectory,
  moveFile,
  readFile,
  searchFiles,
  sleep,
  writeFile,
];
