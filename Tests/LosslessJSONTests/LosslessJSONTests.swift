// LosslessJSONTests
