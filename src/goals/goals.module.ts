import { Module } from '@nestjs/common';
import { ApprovalQueries } from './approvals/approval-queries.js';
import { ApprovalsController } from './approvals/approvals.controller.js';
import { DecideApproval } from './approvals/decide-approval.js';
import { EngineModule } from './engine/engine.module.js';
import { FilesController } from './files/files.controller.js';
import { FilesService } from './files/files.service.js';
import { InputFiles } from './files/input-files.js';
import { PastFiles } from './fork/files-then.js';
import { ForkGoal } from './fork/fork-goal.js';
import { GoalCommandsController } from './goal-commands.controller.js';
import { GoalCommands } from './goal-commands.js';
import { GoalPartsController } from './goal-parts.controller.js';
import { GoalQueries } from './goal-queries.js';
import { GoalsController } from './goals.controller.js';
import { KillSwitchesController } from './kill-switches/kill-switches.controller.js';
import { KillSwitches } from './kill-switches/kill-switches.service.js';
import { NewGoals } from './new-goals.js';
import { Planning } from './planning.js';
import { PlaybookChecks } from './playbooks/playbook-checks.js';
import { PlaybookQueries } from './playbooks/playbook-queries.js';
import { PlaybooksController } from './playbooks/playbooks.controller.js';
import { StorePlaybook } from './playbooks/store-playbook.js';
import { GoalHistory } from './replay/goal-history.js';
import { PastReads } from './replay/past-reads.js';
import { ReplayQueries } from './replay/replay-queries.js';
import { ReplayController } from './replay/replay.controller.js';
import { RetryGoal } from './retry-goal.js';
import { SubmitGoal } from './submit-goal.js';
import { ExecuteTool } from './tools/execute-tool.js';
import { GoalNews } from './tools/goal-news.js';
import { RegisterTool } from './tools/register-tool.js';
import { ToolQueries } from './tools/tool-queries.js';
import { ToolsController } from './tools/tools.controller.js';

@Module({
  imports: [EngineModule],
  controllers: [
    GoalsController,
    GoalCommandsController,
    GoalPartsController,
    ReplayController,
    ApprovalsController,
    KillSwitchesController,
    FilesController,
    ToolsController,
    PlaybooksController,
  ],
  providers: [
    SubmitGoal,
    RetryGoal,
    ForkGoal,
    PastFiles,
    GoalHistory,
    { provide: PastReads, useFactory: () => new PastReads() },
    ReplayQueries,
    GoalCommands,
    GoalQueries,
    ApprovalQueries,
    DecideApproval,
    KillSwitches,
    NewGoals,
    Planning,
    PlaybookQueries,
    PlaybookChecks,
    StorePlaybook,
    ToolQueries,
    RegisterTool,
    ExecuteTool,
    GoalNews,
    InputFiles,
    FilesService,
  ],
  exports: [SubmitGoal],
})
export class GoalsModule {}
