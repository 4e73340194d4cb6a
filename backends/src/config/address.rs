//! Addresses, prefixes and gateways of the configuration file: what they mean, or why they mean nothing.

use std::net::IpAddr;

/// Reads `ADDRESS/PREFIX`; the error says what is wrong and what to do.
pub(super) fn with_prefix(text: &str) -> Result<(IpAddr, u8), (String, String)> {
    let Some((address, prefix)) = text.split_once('/') else {
        return Err((format!("{text:?} has no prefix length"), format!("write it as \"{text}/24\", or whatever the subnet has")));
    };
    let address = plain(address)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    match prefix.parse::<u8>() {
        Ok(prefix) if prefix <= most => Ok((address, prefix)),
        _ => Err((format!("{prefix:?} is no prefix length for {address}"), format!("use a number from 0 to {most}"))),
    }
}

/// Reads an address without prefix.
pub(super) fn plain(text: &str) -> Result<IpAddr, (String, String)> {
    text.parse().map_err(|_| (format!("{text:?} is no IP address"), "use one such as \"192.0.2.10\" or \"2001:db8::10\"".to_owned()))
}

/// Whether `address` is in the subnet that `own` with `prefix` is in.
pub(super) fn same_subnet(own: IpAddr, prefix: u8, address: IpAddr) -> bool {
    match (own, address) {
        (IpAddr::V4(own), IpAddr::V4(other)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            own.to_bits() & mask == other.to_bits() & mask
        }
        (IpAddr::V6(own), IpAddr::V6(other)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            own.to_bits() & mask == other.to_bits() & mask
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_judged_by_the_prefix() {
        let own: IpAddr = "192.0.2.10".parse().unwrap();
        for (prefix, gateway, expected) in
            [(24, "192.0.2.1", true), (30, "192.0.2.1", false), (32, "192.0.2.10", true), (0, "10.0.0.1", true), (24, "::1", false)]
        {
            assert_eq!(same_subnet(own, prefix, gateway.parse().unwrap()), expected, "{gateway} in /{prefix}");
        }
        let own: IpAddr = "2001:db8::10".parse().unwrap();
        for (prefix, gateway, expected) in [(64, "2001:db8::1", true), (128, "2001:db8::1", false), (0, "fe80::1", true)] {
            assert_eq!(same_subnet(own, prefix, gateway.parse().unwrap()), expected, "{gateway} in /{prefix}");
        }
    }
}
