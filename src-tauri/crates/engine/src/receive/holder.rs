//! Who holds a port, as far as the system lets us see.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::MARKER;

/// How long a program on the port may take to answer.
const PATIENCE: Duration = Duration::from_millis(300);

/// Returns the program that listens on a port: `python3 (pid 1234)` where the system says so; else what it answers tells
/// another Spanglass from `another program`.
pub(crate) fn holder_of(port: u16) -> String {
    let named = if cfg!(target_os = "linux") { linux(port) } else { None };
    named.unwrap_or_else(|| if is_spanglass(port) { "another Spanglass" } else { "another program" }.into())
}

fn is_spanglass(port: u16) -> bool {
    let ask = || -> io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n")?;
        let mut answer = [0; 512];
        let length = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    };
    ask().is_ok_and(|answer| answer.contains(MARKER))
}

fn linux(port: u16) -> Option<String> {
    let sockets: BTreeSet<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // Processes of other users cannot be looked into; they stay unnamed.
        let Ok(files) = fs::read_dir(process.path().join("fd")) else { continue };
        let holds = files
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|target| target.to_str().is_some_and(|target| sockets.contains(target)));
        if holds {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{} (pid {pid})", name.trim()));
        }
    }
    None
}

/// Returns the inodes of listening sockets with this local port in a table like `/proc/net/tcp`; see proc_net_tcp.txt of the
/// kernel for its columns.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_ascii_whitespace().collect();
            let local = columns.get(1)?.rsplit_once(':')?.1;
            let is_it = u16::from_str_radix(local, 16) == Ok(port) && *columns.get(3)? == LISTEN;
            is_it.then(|| columns.get(9).map(|inode| (*inode).to_owned())).flatten()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listening_sockets_of_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:10DE 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4242 1 0 100 0 0 10 0\n\
             1: 0100007F:10DE 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000 0 4343 1 0 100 0 0 10 0\n\
             2: 0100007F:10DF 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4444 1 0 100 0 0 10 0\n";
        assert_eq!(listening_inodes(table, 4318), ["4242"]);
    }
}
