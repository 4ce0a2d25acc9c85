import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadSettings } from '#libs/config';
import { Public, PublicUrl } from '#libs/http';
import { type TestClone, TestClient, cloneTestDatabase } from '#libs/testing';
import { createServer } from '../../src/edge/server.js';
import { type Program, startProgram } from '../../src/program.js';

const logger = pino({ level: 'silent' });
const openApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ security: z.array(z.unknown()).optional() }))),
});

let clone: TestClone;
let folder: string;
let program: Program;

beforeAll(async () => {
  clone = await cloneTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'village-routes-'));
  const environment = { ROLE: 'api', PORT: '0', LOG_LEVEL: 'silent', DATABASE_URL: clone.url, DATA_DIR: folder };
  program = await startProgram(loadSettings(environment), { logger });
});

afterAll(async () => {
  await program.close();
  await clone.drop();
  rmSync(folder, { recursive: true });
});

async function operations(): Promise<{ method: string; path: string; isPublic: boolean }[]> {
  const { body } = await new TestClient(program.url).get<unknown>('/openapi.json');
  return Object.entries(openApi.parse(body).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security = [] }]) => ({ method, path, isPublic: security.length === 0 })),
  );
}

describe('every route says who may call it', () => {
  it('and asks for a credential exactly where its documentation says so [RBC-6]', async () => {
    const client = new TestClient(program.url);
    const all = await operations();
    expect(all.filter((operation) => !operation.isPublic).length).toBeGreaterThan(0);
    for (const { method, path, isPublic } of all) {
      const { status } = await client.send(method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, 'x'));
      expect(`${method} ${path}: ${status === 401}`).toBe(`${method} ${path}: ${!isPublic}`);
    }
  });

  it('or the program does not start [RBC-6]', async () => {
    await expect(startWith(UndeclaredModule)).rejects.toThrow(/neither @Public\(\) nor @Requires.*GET \/undeclared/);
    await expect(startWith(DeclaredModule)).resolves.toBeUndefined();
  });
});

@Controller('undeclared')
class UndeclaredController {
  @Get()
  get(): string {
    return 'anybody may read this';
  }
}

@Module({ controllers: [UndeclaredController] })
class UndeclaredModule {}

@Controller('declared')
class DeclaredController {
  @Get()
  @Public()
  get(): string {
    return 'anybody may read this';
  }
}

@Module({ controllers: [DeclaredController] })
class DeclaredModule {}

async function startWith(module: typeof UndeclaredModule): Promise<void> {
  const { fastify } = createServer(logger, new PublicUrl('http://localhost'));
  const options = { logger: false, abortOnError: false, bodyParser: false } as const;
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(fastify), options);
  try {
    await app.init();
    await fastify.ready();
  } finally {
    await app.close();
  }
}
