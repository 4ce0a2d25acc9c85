import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Page, cutPage, decodeCursor, formatOptionalTime, formatTime } from '#libs/http';
import { isUuid, publicId } from '#libs/kernel';
import { WorkerRegistry, type WorkerRow } from '#libs/persistence';
import type { ListWorkersQuery, WorkerView } from './workers.schemas.js';

const uuidPosition = z.string().refine(isUuid);

/** The workers of the installation; those that have been silent for an hour are forgotten. */
@Injectable()
export class ListWorkers {
  constructor(private readonly registry: WorkerRegistry) {}

  /** The one that was started last comes first. */
  async list({ state, limit, cursor }: ListWorkersQuery): Promise<Page<WorkerView>> {
    const before = decodeCursor(cursor, uuidPosition);
    const rows = await this.registry.page({ state, before, limit: limit + 1 });
    return cutPage(rows, limit, workerView, (row) => row.id);
  }
}

function workerView(row: WorkerRow): WorkerView {
  const { name, state, role, version, capabilities, capacity, goals } = row;
  return {
    id: publicId('wrk', row.id),
    name,
    state,
    role,
    version,
    machine_version: row.machine,
    capabilities,
    capacity,
    running_tasks: row.running,
    goals,
    started_at: formatTime(row.started_at),
    last_heartbeat_at: formatTime(row.heartbeat_at),
    stopped_at: formatOptionalTime(row.stopped_at),
  };
}
