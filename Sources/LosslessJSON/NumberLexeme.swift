/// The rules of a JSON number, and its value in decimal arithmetic.
enum NumberLexeme {
    /// Where the number that starts at `start` ends.
    @inline(__always)
    static func scan(
        _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
    ) throws(JSONError) -> Int {
        var index = start
        if base[index] == Byte.minus { index += 1 }
        if index < end, base[index] == Byte.zero {
            index += 1
        } else {
            index = try afterDigits(base, from: index, to: end)
        }
        if index < end, base[index] == Byte.point {
            index = try afterDigits(base, from: index + 1, to: end)
        }
        if index < end, Byte.isExponentMark(base[index]) {
            index += 1
            if index < end, base[index] == Byte.plus || base[index] == Byte.minus { index += 1 }
            index = try afterDigits(base, from: index, to: end)
        }
        return index
    }

    @inline(__always)
    private static func afterDigits(
        _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
    ) throws(JSONError) -> Int {
        var index = start
        while index < end, Byte.isDigit(base[index]) { index += 1 }
        guard index > start else {
            throw JSONError(index < end ? .invalidNumber : .unexpectedEnd, offset: index)
        }
        return index
    }

    /// Longest number that is written without an exponent in canonical form.
    static var plainDigits: Int { 40 }

    /// Whether the lexeme is its own canonical form, seen without arithmetic.
    @inline(__always)
    static func isCanonicalInteger(_ lexeme: UnsafeBufferPointer<UInt8>) -> Bool {
        guard lexeme.count <= plainDigits else { return false }
        if lexeme[0] == Byte.minus, lexeme[1] == Byte.zero { return false }
        for byte in lexeme where byte == Byte.point || Byte.isExponentMark(byte) { return false }
        return true
    }

    /// Appends the one spelling that all lexemes of this mathematical value
    /// share: no exponent up to 40 digits, `DIGITSeEXPONENT` beyond, zero
    /// without a sign.
    ///
    /// **Bounds**: exponents of more than 17 digits are compared as they are
    /// written, which can tell equal values apart but never join others.
    static func appendCanonical(_ lexeme: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        let mark = lexeme.firstIndex(where: Byte.isExponentMark) ?? lexeme.count
        let mantissa = UnsafeBufferPointer(rebasing: lexeme[..<mark])
        let exponent = Exponent(lexeme[mark...].dropFirst())
        let decimal = Decimal(mantissa: mantissa, exponent: exponent.value ?? 0)
        if decimal.digits.isEmpty {
            bytes.append(Byte.zero)
        } else if exponent.value == nil {
            bytes.append(contentsOf: mantissa)
            exponent.append(to: &bytes)
        } else {
            decimal.append(to: &bytes)
        }
    }
}

/// The part of a number after its `e`.
private struct Exponent {
    let isNegative: Bool
    /// Without leading zeros.
    let digits: Slice<UnsafeBufferPointer<UInt8>>

    init(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        isNegative = text.first == Byte.minus
        digits = text.drop { $0 == Byte.minus || $0 == Byte.plus || $0 == Byte.zero }
    }

    /// nil if there are too many digits for arithmetic.
    var value: Int? {
        guard digits.count <= 17 else { return nil }
        let size = digits.reduce(0) { $0 * 10 + Int($1 - Byte.zero) }
        return isNegative ? -size : size
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(Byte.smallE)
        if isNegative { bytes.append(Byte.minus) }
        bytes.append(contentsOf: digits)
    }
}

/// A number as `digits` times ten to the `exponent`; digits start and end
/// with other than 0, and are empty for zero.
private struct Decimal {
    var isNegative = false
    var digits: [UInt8] = []
    var exponent: Int

    init(mantissa: UnsafeBufferPointer<UInt8>, exponent: Int) {
        self.exponent = exponent
        var isFraction = false
        for byte in mantissa {
            if byte == Byte.minus {
                isNegative = true
            } else if byte == Byte.point {
                isFraction = true
            } else {
                if isFraction { self.exponent -= 1 }
                if byte != Byte.zero || !digits.isEmpty { digits.append(byte) }
            }
        }
        while digits.last == Byte.zero {
            digits.removeLast()
            self.exponent += 1
        }
    }

    func append(to bytes: inout [UInt8]) {
        if isNegative { bytes.append(Byte.minus) }
        let whole = digits.count + exponent
        if exponent >= 0, whole <= NumberLexeme.plainDigits {
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(Byte.zero, count: exponent))
        } else if exponent < 0, whole > 0 {
            bytes.append(contentsOf: digits[..<whole])
            bytes.append(Byte.point)
            bytes.append(contentsOf: digits[whole...])
        } else if exponent < 0, -exponent <= NumberLexeme.plainDigits {
            bytes.append(contentsOf: [Byte.zero, Byte.point])
            bytes.append(contentsOf: repeatElement(Byte.zero, count: -whole))
            bytes.append(contentsOf: digits)
        } else {
            bytes.append(contentsOf: digits)
            bytes.append(Byte.smallE)
            bytes.append(contentsOf: String(exponent).utf8)
        }
    }
}
