// VerifyTests
