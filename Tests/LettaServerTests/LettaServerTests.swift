// LettaServerTests
