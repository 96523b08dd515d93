/// Called by libFuzzer. Each binary is compiled with one of the flags.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    #if FUZZ_ROUND_TRIP
        checkRoundTrip(bytes)
    #elseif FUZZ_CANONICAL
        checkCanonical(bytes)
    #elseif FUZZ_SPLITTER
        checkSplitter(bytes)
    #elseif FUZZ_UNWRAPPER
        checkUnwrapper(bytes)
    #else
        #error("say which target: -D FUZZ_ROUND_TRIP and so on")
    #endif
    return 0
}
