//! Who fills in the checksums of what the far end sends? The kernel itself, as a network card would.
//!
//! On a veth pair nobody does: datagrams arrive with a checksum that is yet to be filled in, and the receiving socket is told so. A
//! client that reads whole packets and checks them by itself accepts none of them (measured on ConnMan 1.41: its DHCP client waits
//! for ever). What `ethtool -K <interface> tx-checksum-ip-generic off` says is said here, in the kernel's words
//! (Documentation/networking/ethtool-netlink.rst, include/uapi/linux/ethtool_netlink.h).

use crate::lab::LabError;
use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use std::io;

const REQUEST: u16 = 0x1;
const ACKNOWLEDGE: u16 = 0x4;
const ERROR: u16 = 2;
/// Where families of generic netlink are looked up (`GENL_ID_CTRL`, `CTRL_CMD_GETFAMILY`, `CTRL_ATTR_FAMILY_NAME`, `_ID`).
const CONTROLLER: u16 = 0x10;
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
const FEATURES_SET: u8 = 12;
const HEADER: u16 = 1;
const HEADER_INDEX: u16 = 1;
const WANTED: u16 = 3;
const BITSET_BITS: u16 = 3;
const BIT: u16 = 1;
const BIT_NAME: u16 = 2;
const NESTED: u16 = 0x8000;
const LENGTH_OF_HEADERS: usize = 20;

/// From now on the kernel fills in what this interface of the calling thread's network sends.
pub(in crate::lab) fn fill_in(index: u32) -> Result<(), LabError> {
    let asked = || {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        let family = ask(&socket, CONTROLLER, GET_FAMILY, &attribute(FAMILY_NAME, b"ethtool\0"))?;
        let family = find(&family, FAMILY_ID).and_then(|id| Some(u16::from_ne_bytes(id.get(..2)?.try_into().ok()?)));
        let family = family.ok_or_else(|| io::Error::from(io::ErrorKind::Unsupported))?;
        // a bit that is named and has no value is turned off
        let bit = attribute(BIT | NESTED, &attribute(BIT_NAME, b"tx-checksum-ip-generic\0"));
        let wanted = attribute(WANTED | NESTED, &attribute(BITSET_BITS | NESTED, &bit));
        let header = attribute(HEADER | NESTED, &attribute(HEADER_INDEX, &index.to_ne_bytes()));
        ask(&socket, family, FEATURES_SET, &[header, wanted].concat())
    };
    asked().map(drop).map_err(LabError::system("have checksums filled in"))
}

/// Sends a request and gives the attributes of the answer: empty if it was only acknowledged.
fn ask(socket: &Socket, family: u16, command: u8, attributes: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(LENGTH_OF_HEADERS + attributes.len()).map_err(io::Error::other)?;
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(family.to_ne_bytes());
    message.extend((REQUEST | ACKNOWLEDGE).to_ne_bytes());
    message.extend([0; 8]);
    message.extend([command, 1, 0, 0]);
    message.extend(attributes);
    socket.send(&message, 0)?;
    let mut told = Vec::new();
    loop {
        let (datagram, _) = socket.recv_from_full()?;
        let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let kind = datagram.get(4..6).and_then(|kind| kind.try_into().ok()).map(u16::from_ne_bytes).ok_or_else(short)?;
        if kind == ERROR {
            let code = datagram.get(16..20).and_then(|code| code.try_into().ok()).map(i32::from_ne_bytes).ok_or_else(short)?;
            return if code == 0 { Ok(told) } else { Err(io::Error::from_raw_os_error(-code)) };
        }
        told = datagram.get(LENGTH_OF_HEADERS..).ok_or_else(short)?.to_vec();
    }
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
    let mut attribute = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    attribute.extend(value);
    attribute.resize(attribute.len().next_multiple_of(4), 0);
    attribute
}

fn find(mut attributes: &[u8], kind: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16::from_ne_bytes(attributes.get(..2)?.try_into().ok()?));
        let this = u16::from_ne_bytes(attributes.get(2..4)?.try_into().ok()?) & !NESTED;
        if this == kind {
            return attributes.get(4..length);
        }
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
    }
}
