//! Sockets on both loopback addresses with one port. A taken port never stops the program: it says who holds it and takes the
//! next free one.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::holder::holder_of;
use crate::config::Listen;

/// How many ports after a taken one are tried.
const NEXT_PORTS: u16 = 200;
/// How many times a port that is free on one address and taken on the other is given back for another one.
const ANY_PORT_TRIES: u32 = 32;

/// A port bound on this machine's loopback addresses.
#[derive(Debug)]
pub(crate) struct Bound {
    /// One socket per address family.
    pub(crate) sockets: Vec<TcpListener>,
    /// The port all of them have.
    pub(crate) port: u16,
    /// What is odd, in a sentence.
    pub(crate) problem: Option<String>,
}

/// Binds every listener that is on: first each to the port it wants, then those whose port is taken to the next free one, so
/// that no listener is pushed off its own port by another's second choice. `None` = off.
///
/// # Errors
///
/// Per listener, a sentence for a person.
pub(crate) fn bind_all<const N: usize>(wanted: [(&str, Listen); N]) -> [Option<Result<Bound, String>>; N] {
    let first = wanted.map(|(name, listen)| match listen {
        Listen::Off => None,
        Listen::Port(0) => Some((name, 0, bind_any())),
        Listen::Port(port) => Some((name, port, bind_port(port))),
        Listen::Beyond(address) => Some((name, address.port(), bind_address(address))),
    });
    // Whoever names an address means that one.
    let moves = wanted.map(|(_, listen)| !matches!(listen, Listen::Beyond(_)));
    let mut moves = moves.into_iter();
    first.map(|bound| {
        let moves = moves.next().unwrap_or(true);
        bound.map(|(name, port, bound)| match bound {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 && moves => bind_next(name, port),
            Err(error) => Err(format!("{name} cannot listen on port {port}: {error}")),
            Ok(bound) => Ok(bound),
        })
    })
}

fn bind_next(name: &str, taken: u16) -> Result<Bound, String> {
    let holder = holder_of(taken);
    for port in (taken..=taken.saturating_add(NEXT_PORTS)).skip(1) {
        match bind_port(port) {
            Ok(mut bound) => {
                let missing = bound.problem.take().map(|problem| format!("; {problem}")).unwrap_or_default();
                bound.problem = Some(format!(
                    "port {taken} is held by {holder}; {name} listens on {port}: point your program there or stop that one{missing}"
                ));
                return Ok(bound);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(format!("{name} cannot listen on port {port}: {error}")),
        }
    }
    Err(format!(
        "port {taken} is held by {holder}, and so are the {NEXT_PORTS} ports after it; name a free one with --{name}"
    ))
}

fn bind_any() -> io::Result<Bound> {
    let mut taken = Vec::new();
    for _ in 0..ANY_PORT_TRIES {
        let first = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let port = first.local_addr()?.port();
        match with_second(first, port) {
            Err((error, first)) if error.kind() == io::ErrorKind::AddrInUse => taken.push(first),
            bound => return bound.map_err(|(error, _)| error),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

fn bind_address(address: SocketAddr) -> io::Result<Bound> {
    let socket = socket(address)?;
    let port = socket.local_addr()?.port();
    Ok(Bound { sockets: vec![socket], port, problem: None })
}

fn bind_port(port: u16) -> io::Result<Bound> {
    let first = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    with_second(first, port).map_err(|(error, _)| error)
}

/// Adds ::1, without which `localhost` may lead a program to whoever takes the port there.
fn with_second(first: TcpListener, port: u16) -> Result<Bound, (io::Error, TcpListener)> {
    match socket(SocketAddr::from((Ipv6Addr::LOCALHOST, port))) {
        Ok(second) => Ok(Bound { sockets: vec![first, second], port, problem: None }),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err((error, first)),
        Err(_) => Ok(Bound {
            sockets: vec![first],
            port,
            problem: Some("this machine has no ::1; write 127.0.0.1 where localhost does not work".into()),
        }),
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = match address.ip() {
        IpAddr::V4(_) => Domain::IPV4,
        IpAddr::V6(_) => Domain::IPV6,
    };
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // On Windows this option would let two programs share the port; elsewhere it only skips the wait after a restart.
    if cfg!(not(windows)) {
        socket.set_reuse_address(true)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

/// Datagrams the system keeps until they are read, in bytes; it may grant less.
const DATAGRAM_BUFFER: usize = 8 << 20;

/// Sockets for datagrams, their port, and what is odd.
pub(crate) type Datagrams = (Vec<UdpSocket>, u16, Option<String>);

/// Binds sockets for datagrams, on the next free port when the wanted one is taken; `None` = off.
///
/// # Errors
///
/// A sentence for a person.
pub(crate) fn bind_udp(name: &str, listen: Listen) -> Option<Result<Datagrams, String>> {
    let wanted = match listen {
        Listen::Off => return None,
        Listen::Port(port) => port,
        Listen::Beyond(address) => return Some(Err(format!("{name} listens on this machine only, not on {address}"))),
    };
    let last = if wanted == 0 { 0 } else { wanted.saturating_add(NEXT_PORTS) };
    for port in wanted..=last {
        match udp_sockets(port) {
            Ok((sockets, bound)) => {
                let problem = (bound != wanted && wanted != 0).then(|| {
                    format!(
                        "UDP port {wanted} is taken; {name} listens on {bound}: send there or stop the other program"
                    )
                });
                return Some(Ok((sockets, bound, problem)));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Some(Err(format!("{name} cannot listen on UDP port {port}: {error}"))),
        }
    }
    Some(Err(format!("UDP ports {wanted} to {last} are taken; name a free one with --{name}")))
}

fn udp_sockets(port: u16) -> io::Result<(Vec<UdpSocket>, u16)> {
    let first = udp_socket(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let port = first.local_addr()?.port();
    // Senders of datagrams say 127.0.0.1 by default, so a missing ::1 is no trouble worth a word.
    let second = udp_socket(SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
    Ok((std::iter::once(first).chain(second).collect(), port))
}

fn udp_socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    let _ = socket.set_recv_buffer_size(DATAGRAM_BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_port_is_the_same_on_both_addresses() {
        let [Some(Ok(bound))] = bind_all([("otlp-http", Listen::Port(0))]) else { panic!("loopback is there") };
        for socket in &bound.sockets {
            assert_eq!(socket.local_addr().expect("bound").port(), bound.port);
        }
    }

    #[test]
    fn a_port_taken_on_one_address_only_counts_as_taken() {
        let squatter = socket(SocketAddr::from((Ipv6Addr::LOCALHOST, 0)));
        let Ok(squatter) = squatter else { return };
        let taken = squatter.local_addr().expect("bound").port();
        let [Some(Ok(bound)), None] = bind_all([("otlp-http", Listen::Port(taken)), ("ui", Listen::Off)]) else {
            panic!("a port after {taken} is free")
        };
        assert_ne!(bound.port, taken);
        let problem = bound.problem.expect("said");
        assert!(problem.contains(&format!("port {taken} is held by")), "{problem}");
        if cfg!(target_os = "linux") {
            assert!(problem.contains(&format!("pid {}", std::process::id())), "{problem}");
        }
    }
}
