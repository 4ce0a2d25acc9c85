import { Module } from '@nestjs/common';
import { EngineModule } from './engine/engine.module.js';
import { FilesController } from './files/files.controller.js';
import { FilesService } from './files/files.service.js';
import { InputFiles } from './files/input-files.js';
import { GoalCommandsController } from './goal-commands.controller.js';
import { GoalCommands } from './goal-commands.js';
import { GoalPartsController } from './goal-parts.controller.js';
import { GoalQueries } from './goal-queries.js';
import { GoalsController } from './goals.controller.js';
import { NewGoals } from './new-goals.js';
import { RetryGoal } from './retry-goal.js';
import { SubmitGoal } from './submit-goal.js';
import { ToolsController } from './tools.controller.js';

@Module({
  imports: [EngineModule],
  controllers: [GoalsController, GoalCommandsController, GoalPartsController, FilesController, ToolsController],
  providers: [SubmitGoal, RetryGoal, GoalCommands, GoalQueries, NewGoals, InputFiles, FilesService],
  exports: [SubmitGoal],
})
export class GoalsModule {}
