// Loaded before the program (node --import): it ends when the test run that has started it is gone, however that ended.
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.resume();
process.stdin.unref();
