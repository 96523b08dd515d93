// HomeConformance
