//! MD5 of what is in a store, as both generations of datajoint write it down.

use md5::{Digest, Md5};
use uuid::Uuid;

/// An MD5: a uuid for datajoint 0.14, 26 letters and digits for 2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum(pub [u8; 16]);

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.hex())
    }
}

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Checksum {
    /// Returns that of bytes.
    pub fn of(bytes: &[u8]) -> Checksum {
        let mut running = Running::new("");
        running.update(bytes);
        running.finish()
    }

    /// Returns that of bytes behind a text, as `attach` of datajoint 0.14 has its file name and a NUL.
    pub fn behind(before: &str, bytes: &[u8]) -> Checksum {
        let mut running = Running::new(before);
        running.update(bytes);
        running.finish()
    }

    /// Returns it as a uuid, which datajoint 0.14 stores.
    pub fn uuid(self) -> Uuid {
        Uuid::from_bytes(self.0)
    }

    /// Returns 32 hexadecimal digits, the names of files of datajoint 0.14.
    pub fn hex(self) -> String {
        self.uuid().simple().to_string()
    }

    /// Returns base 32 in lower case without padding, the names of files of datajoint 2.
    pub fn base32(self) -> String {
        // 128 bits are 25 digits of five and one of three.
        let number = u128::from_be_bytes(self.0);
        let digits = (0..25u32).map(|at| (number >> (123 - 5 * at)) & 31).chain([(number << 2) & 31]);
        digits.map(|digit| char::from(BASE32[digit as usize])).collect()
    }

    /// Reads [`Checksum::base32`].
    pub fn from_base32(text: &str) -> Option<Checksum> {
        let digits: Option<Vec<u128>> =
            text.bytes().map(|byte| BASE32.iter().position(|digit| *digit == byte).map(|digit| digit as u128)).collect();
        let digits = digits.filter(|digits| digits.len() == 26 && digits[25] & 3 == 0)?;
        let number = digits[..25].iter().fold(0u128, |number, digit| number << 5 | digit);
        Some(Checksum((number << 3 | digits[25] >> 2).to_be_bytes()))
    }
}

/// A checksum that is being made.
pub(crate) struct Running(Md5);

impl Running {
    /// Begins behind a text.
    pub(crate) fn new(before: &str) -> Running {
        Running(Md5::new_with_prefix(before))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Checksum {
        Checksum(self.0.finalize().into())
    }
}

impl std::io::Write for Running {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_as_datajoint_writes() {
        // Measured: `<hash@>` of 2.3.5, and `attach@s` of 0.14.10 with the file `plain.txt`.
        assert_eq!(Checksum::of(b"bytes").base32(), "jm5gegf3hy5hga7iufy2md6psi");
        assert_eq!(Checksum::behind("plain.txt\0", b"hello plain.txt").hex(), "d466b00f82364c4d9940ebc105bf5c12");
        for bytes in [&b""[..], b"a", b"bytes", &[255; 1000]] {
            let sum = Checksum::of(bytes);
            assert_eq!(Checksum::from_base32(&sum.base32()), Some(sum));
        }
        assert_eq!(Checksum::from_base32("jm5gegf3hy5hga7iufy2md6pi"), None);
        assert_eq!(Checksum::from_base32("JM5GEGF3HY5HGA7IUFY2MD6PSI"), None);
    }
}
