//! Does a DHCP server say no? Its DHCPNAK, which the client crate does not hear (see `mod.rs`), over a packet socket of our own.

use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::io;
use std::net::Ipv4Addr;
use tokio::net::UdpSocket;

/// `ETH_P_IP` of `linux/if_ether.h`.
const ETH_P_IP: u16 = 0x0800;
/// `SKF_AD_OFF + SKF_AD_IFINDEX` of `linux/filter.h`: where a filter finds the interface a packet came in on.
const IFINDEX: u32 = 0xFFFF_F000 + 8;
const UDP: u32 = 17;
const CLIENT_PORT: u32 = 68;
/// Longer than a DHCP message without the sname and file fields can usefully be.
const LONGEST: usize = 2048;

/// Hears the answers of DHCP servers on one interface. Open only while an answer is expected.
#[derive(Debug)]
pub(super) struct Refusals {
    socket: UdpSocket,
    hardware: [u8; 6],
}

impl Refusals {
    /// Opens the socket; needs `CAP_NET_RAW`. `hardware` is the interface's own address.
    pub(super) fn open(index: u32, hardware: [u8; 6]) -> io::Result<Self> {
        let protocol = Protocol::from(i32::from(ETH_P_IP.to_be()));
        // the filter names the interface: a packet socket cannot be bound to one without unsafe code
        let socket = Socket::new(Domain::PACKET, Type::DGRAM.nonblocking(), Some(protocol))?;
        socket.attach_filter(&filter(index))?;
        // a socket of another family in tokio's clothes: only `recv` is used, which is the same call for all
        let socket = UdpSocket::from_std(socket.into())?;
        Ok(Self { socket, hardware })
    }

    /// Waits for a refusal meant for us; gives the server that sent it, if it says so.
    pub(super) async fn next(&self) -> io::Result<Option<Ipv4Addr>> {
        let mut packet = [0; LONGEST];
        loop {
            let length = self.socket.recv(&mut packet).await?;
            if let Some(refusal) = refusal(&packet[..length], self.hardware) {
                return Ok(refusal.server);
            }
        }
    }
}

/// UDP to the client's port that came in on this interface; codes of `linux/bpf_common.h`. Packets start with the IP header.
fn filter(index: u32) -> [SockFilter; 11] {
    const LOAD_WORD: u16 = 0x20;
    const LOAD_HALF: u16 = 0x28;
    const LOAD_BYTE: u16 = 0x30;
    const LOAD_HALF_BEHIND_HEADER: u16 = 0x48;
    const HEADER_LENGTH: u16 = 0xb1;
    const IF_EQUAL: u16 = 0x15;
    const IF_BITS: u16 = 0x45;
    const RETURN: u16 = 0x06;
    [
        SockFilter::new(LOAD_WORD, 0, 0, IFINDEX),
        SockFilter::new(IF_EQUAL, 0, 8, index),
        SockFilter::new(LOAD_BYTE, 0, 0, 9),
        SockFilter::new(IF_EQUAL, 0, 6, UDP),
        // any but the first fragment
        SockFilter::new(LOAD_HALF, 0, 0, 6),
        SockFilter::new(IF_BITS, 4, 0, 0x1fff),
        SockFilter::new(HEADER_LENGTH, 0, 0, 0),
        SockFilter::new(LOAD_HALF_BEHIND_HEADER, 0, 0, 2),
        SockFilter::new(IF_EQUAL, 0, 1, CLIENT_PORT),
        SockFilter::new(RETURN, 0, 0, LONGEST as u32),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}

/// A DHCPNAK.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    server: Option<Ipv4Addr>,
}

/// Reads a packet; `None` if it is anything but a DHCPNAK for this hardware address (RFC 2131 §2, RFC 2132 §9.6).
fn refusal(packet: &[u8], hardware: [u8; 6]) -> Option<Refusal> {
    const UDP_HEADER: usize = 8;
    const REPLY: u8 = 2;
    const HARDWARE: std::ops::Range<usize> = 28..34;
    const COOKIE: std::ops::Range<usize> = 236..240;
    const PAD: u8 = 0;
    const END: u8 = 255;
    const TYPE: u8 = 53;
    const NAK: u8 = 6;
    const SERVER: u8 = 54;
    let header = usize::from(packet.first()? & 0xf) * 4;
    let message = packet.get(header + UDP_HEADER..)?;
    if message.first() != Some(&REPLY) || message.get(HARDWARE)? != hardware || message.get(COOKIE)? != [99, 130, 83, 99] {
        return None;
    }
    let (mut nak, mut server) = (false, None);
    let mut options = message.get(COOKIE.end..)?;
    while let Some((&code, rest)) = options.split_first() {
        match code {
            PAD => options = rest,
            END => break,
            _ => {
                let length = usize::from(*rest.first()?);
                let value = rest.get(1..=length)?;
                match code {
                    TYPE => nak = value == [NAK],
                    SERVER => server = <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from),
                    _ => {}
                }
                options = rest.get(1 + length..)?;
            }
        }
    }
    nak.then_some(Refusal { server })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];

    fn packet(kind: u8) -> Vec<u8> {
        let mut packet = vec![0; 20 + 8 + 240];
        packet[0] = 0x45;
        packet[28] = 2;
        packet[28 + 28..28 + 34].copy_from_slice(&MAC);
        packet[28 + 236..].copy_from_slice(&[99, 130, 83, 99]);
        packet.extend([0, 54, 4, 192, 0, 2, 1, 53, 1, kind, 255]);
        packet
    }

    #[test]
    fn only_a_refusal_for_us_is_one() {
        let server = Some(Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(refusal(&packet(6), MAC), Some(Refusal { server }));
        assert_eq!(refusal(&packet(5), MAC), None, "an acknowledgement");
        assert_eq!(refusal(&packet(6), [2, 0, 0, 0, 0, 8]), None, "somebody else's");
        let mut request = packet(6);
        request[28] = 1;
        assert_eq!(refusal(&request, MAC), None, "no reply");
    }

    #[test]
    fn whatever_is_cut_short_is_none() {
        let whole = packet(6);
        for length in 0..whole.len() - 1 {
            assert_eq!(refusal(&whole[..length], MAC), None, "{length} bytes");
        }
    }
}
