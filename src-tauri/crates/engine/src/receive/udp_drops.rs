//! How many datagrams the system threw away because a socket's queue was full, where it says so.

use std::fs;
use std::net::UdpSocket;

/// A socket's count of lost datagrams.
#[derive(Debug)]
pub(crate) struct Drops {
    port: Option<u16>,
    is_v6: bool,
    seen: u64,
}

impl Drops {
    /// Returns the count of a bound socket.
    pub(crate) fn of(socket: &UdpSocket) -> Self {
        let address = socket.local_addr().ok();
        Self { port: address.map(|a| a.port()), is_v6: address.is_some_and(|a| a.is_ipv6()), seen: 0 }
    }

    /// Returns how many were lost since it was asked last; 0 where the system does not say.
    pub(crate) fn since_last(&mut self) -> u64 {
        let table = if self.is_v6 { "/proc/net/udp6" } else { "/proc/net/udp" };
        let (Some(port), Ok(table)) = (self.port, fs::read_to_string(table)) else { return 0 };
        let now = drops(&table, port).max(self.seen);
        now - std::mem::replace(&mut self.seen, now)
    }
}

/// Returns the last column of the socket's row. Addresses are hexadecimal: `0100007F:1FBD`.
fn drops(table: &str, port: u16) -> u64 {
    let ending = format!(":{port:04X}");
    let row = table.lines().find(|row| row.split_whitespace().nth(1).is_some_and(|address| address.ends_with(&ending)));
    row.and_then(|row| row.split_whitespace().last()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_column_of_the_sockets_row_is_the_count() {
        let table = "  sl  local_address rem_address   st drops\n  1: 0100007F:1FBC 00000000:0000 07 9\n  2: 0100007F:1FBD 00000000:0000 07 42\n";
        assert_eq!((drops(table, 8125), drops(table, 8124), drops(table, 1)), (42, 9, 0));
    }
}
