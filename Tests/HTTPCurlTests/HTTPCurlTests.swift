// HTTPCurlTests
