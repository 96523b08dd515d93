import Plan
import Testing
import Verify

/// What the fidelity table says of a field, and what the comparison does.
struct AgentFieldsTests {
    @Test func `a field is compared with the settings exactly where the table says that it moves with them`()
    {
        for (row, fields) in AgentFields.rows {
            for field in fields {
                #expect((ComparedFields.agent.ignored[field] == nil) == (row == "agent"), "\(field)")
            }
        }
    }
}
