// HomeTests
