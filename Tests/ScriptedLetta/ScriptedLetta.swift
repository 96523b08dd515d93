// ScriptedLetta
