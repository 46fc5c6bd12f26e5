//! The first packet of a MySQL or MariaDB server, which names its version.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Connects and returns the version that the server greets with; `None` while it does not answer.
///
/// The port is open before the init file has run, but the greeting is sent only after: an answer means that the accounts are there.
pub fn version(port: u16) -> Option<String> {
    let patience = Duration::from_millis(500);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    let mut header = [0; 4];
    stream.read_exact(&mut header).ok()?;
    let length = usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16;
    let mut packet = vec![0; length];
    stream.read_exact(&mut packet).ok()?;
    parse(&packet)
}

/// Reads the version out of a greeting: the protocol's number (10), then text up to a zero byte.
fn parse(packet: &[u8]) -> Option<String> {
    let (10, rest) = packet.split_first()? else { return None };
    let text = rest.split(|byte| *byte == 0).next()?;
    let text = String::from_utf8_lossy(text);
    // MariaDB before 11 hides behind a version that old replication clients accept.
    Some(text.strip_prefix("5.5.5-").unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn mariadb_takes_off_its_mask() {
        assert_eq!(parse(b"\x0a5.5.5-10.11.14-MariaDB\0rest").as_deref(), Some("10.11.14-MariaDB"));
        assert_eq!(parse(b"\x0a9.7.0\0rest").as_deref(), Some("9.7.0"));
    }

    #[test]
    fn an_error_packet_is_no_version() {
        assert_eq!(parse(b"\xffToo many connections"), None);
        assert_eq!(parse(b""), None);
    }
}
