/// Every command, in the order of the help page.
enum CommandTable {
    static let all: [CommandSpec] = [
        MoveCommand.spec, PlanCommand.spec, SnapshotCommand.spec, LoadCommand.spec, ExportCommand.spec,
        VerifyCommand.spec, ResumeCommand.spec, UndoCommand.spec, RunsCommands.list, RunsCommands.remove,
        ShowCommand.spec, LintCommand.spec, MendCommand.spec, ConvertCommand.spec, DiffCommand.spec,
        HealCommand.spec, RepairCommand.spec, WorkersCommands.inspect,
        WorkersPlanCommand.spec,
        WorkersMoveCommand.spec, WorkersCheckCommand.spec, WorkersWhoCommand.spec, AgentsCommand.spec,
        ServersCommands.list, ServersCommands.add, ServersCommands.remove,
        HostDoctorCommand.spec, HostInitCommand.spec, HostRenderCommand.spec, HostPlanCommand.spec,
        HostApplyCommand.spec, HostBackupInstallCommand.spec, HostBackupCommands.run,
        HostBackupCommands.status, CompletionsCommand.spec,
        ManCommand.spec,
    ]
}
