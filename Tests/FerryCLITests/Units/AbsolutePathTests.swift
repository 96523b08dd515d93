import Testing

@testable import FerryCLI

@Suite struct AbsolutePathTests {
    private let folder = AbsolutePath.of("x").dropLast(2)

    @Test func `a relative path is kept with the folder it was given in`() {
        #expect(folder.hasPrefix("/"))
        #expect(AbsolutePath.of("./ada.ferry") == "\(folder)/ada.ferry")
        #expect(AbsolutePath.of("../ada.ferry") == "\(folder)/../ada.ferry")
        #expect(AbsolutePath.of("tok#KEY") == "\(folder)/tok#KEY")
    }

    @Test(arguments: ["/a/b.ferry", ""])
    func `an absolute path and none stay`(path: String) {
        #expect(AbsolutePath.of(path) == path)
    }
}
