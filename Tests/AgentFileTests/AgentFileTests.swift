// AgentFileTests
