import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { WelcomeController } from './welcome.controller.js';

@Module({ imports: [HealthModule], controllers: [WelcomeController] })
export class WelcomeModule {}
