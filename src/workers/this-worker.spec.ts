import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/config';
import { CAPABILITIES, STRATEGIES } from '#libs/orchestration';
import { ThisWorker } from './this-worker.js';

const workerOf = (environment: Readonly<Record<string, string>>) => new ThisWorker(loadSettings(environment));

describe('the settings of a worker', () => {
  it('give it every capability of the core, a capacity of four and a name that tells where it is [WRK-1, WRK-2]', () => {
    const worker = workerOf({});
    expect([...worker.capabilities]).toEqual(CAPABILITIES);
    expect(worker.capacity).toBe(4);
    expect(worker.name).toBe(`${hostname()}:${process.pid}`);
    expect(loadSettings({}).dispatchStrategy).toBe('LEAST_LOADED');
  });

  it('know every strategy of the core, and no other [WRK-2]', () => {
    for (const name of STRATEGIES) expect(loadSettings({ DISPATCH_STRATEGY: name }).dispatchStrategy).toBe(name);
    expect(() => loadSettings({ DISPATCH_STRATEGY: 'BEST' })).toThrow(/DISPATCH_STRATEGY/);
  });

  it('say what else it is to be, and name what cannot be [WRK-1]', () => {
    const worker = workerOf({ WORKER_NAME: 'web 1', WORKER_CAPABILITIES: 'web_operations', WORKER_CAPACITY: '9' });
    expect(worker.beat()).toMatchObject({ name: 'web 1', capabilities: ['web_operations'], capacity: 9, role: 'all' });
    expect(() => workerOf({ WORKER_CAPABILITIES: 'web_operations,levitation' })).toThrow(/WORKER_CAPABILITIES/);
    expect(() => workerOf({ WORKER_CAPACITY: '0' })).toThrow(/WORKER_CAPACITY/);
    expect(() => workerOf({ WORKER_NAME: '\u0007bell' })).toThrow(/WORKER_NAME/);
  });
});
