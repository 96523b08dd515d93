// LettaModelTests
