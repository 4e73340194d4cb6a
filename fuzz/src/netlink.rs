//! Does the reader of the kernel's events take any datagram, and what follows from it hold together?

use netsession_backends::netlink::fuzz;

/// Datagrams, each behind its length in two bytes, lower one first; the last one may be cut off.
///
/// # Panics
/// If the reader does, or what is known of links contradicts itself (see [`fuzz::hear`]).
pub fn netlink(bytes: &[u8]) {
    let (mut rest, mut datagrams) = (bytes, Vec::new());
    while let Some(([low, high], more)) = rest.split_first_chunk::<2>() {
        let (datagram, more) = more.split_at(more.len().min(usize::from(u16::from_le_bytes([*low, *high]))));
        datagrams.push(datagram);
        rest = more;
    }
    fuzz::hear(&datagrams);
}
