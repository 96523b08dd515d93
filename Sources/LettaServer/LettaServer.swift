// LettaServer
