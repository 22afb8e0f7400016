//! Which addresses a message may go to. Whoever can name a URL could otherwise have the gateway talk to what only the
//! gateway's own network reaches: other services of the machine, routers, the cloud's metadata.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far the messages of a webhook may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To public addresses.
    Public,
    /// To private ones too, and to this machine: an administrator allowed it.
    Private,
    /// To this machine alone: the same, without encryption.
    Loopback,
}

/// What kind of place an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Public,
    Private,
    Loopback,
    /// Nowhere that a webhook belongs: link-local (metadata services among it), multicast, unspecified, reserved.
    Never,
}

impl Reach {
    pub(super) fn permits(self, address: IpAddr) -> bool {
        match place(address) {
            Place::Public => self != Reach::Loopback,
            Place::Private => self == Reach::Private,
            Place::Loopback => self != Reach::Public,
            Place::Never => false,
        }
    }
}

fn place(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(v4) => place_v4(v4),
        IpAddr::V6(v6) => place_v6(v6),
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    match address.octets() {
        [127, ..] => Place::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Place::Private,
        // The metadata services of two clouds lie outside the link-local range.
        [100, 100, 100, 200] | [168, 63, 129, 16] => Place::Never,
        [100, 64..=127, ..] => Place::Private,
        [0, ..] | [169, 254, ..] | [192, 0, 0, _] | [192, 88, 99, _] => Place::Never,
        [192, 0, 2, _] | [198, 18..=19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => Place::Never,
        [224..=255, ..] => Place::Never,
        _ => Place::Public,
    }
}

fn place_v6(address: Ipv6Addr) -> Place {
    if let Some(v4) = address.to_ipv4_mapped() {
        return place_v4(v4);
    }
    if address.is_loopback() {
        return Place::Loopback;
    }
    match address.segments() {
        // The metadata services of two clouds lie among the unique local addresses.
        [0xfd00, 0x0ec2, ..] | [0xfd20, 0x00ce, ..] => Place::Never,
        [0xfc00..=0xfdff, ..] => Place::Private,
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => translated(high, low),
        // Teredo, benchmarks and the like, and documentation.
        [0x2001, 0x0000..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0x0000..=0x0fff, ..] => Place::Never,
        [0x2000..=0x3fff, ..] => Place::Public,
        _ => Place::Never,
    }
}

/// An address that a translator (NAT64, 6to4) turns into one of version 4: public, or nowhere.
fn translated(high: u16, low: u16) -> Place {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    match place_v4(Ipv4Addr::new(a, b, c, d)) {
        Place::Public => Place::Public,
        _ => Place::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reach: Reach, addresses: &[&str], permitted: bool) {
        for address in addresses {
            assert_eq!(reach.permits(address.parse().unwrap()), permitted, "{reach:?} {address}");
        }
    }

    const PUBLIC: [&str; 5] = [
        "93.184.216.34",
        "2606:2800:220:1::1",
        "64:ff9b::5db8:d822",
        "::ffff:93.184.216.34",
        "2002:5db8:d822::1",
    ];
    const PRIVATE: [&str; 7] =
        ["10.0.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd12::1", "fc00::1", "::ffff:10.1.2.3"];
    const LOOPBACK: [&str; 4] = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"];
    const NEVER: [&str; 22] = [
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "203.0.113.9",
        "::",
        "::127.0.0.1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "fd00:ec2::254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
    ];

    #[test]
    fn only_public_addresses_unless_more_is_allowed() {
        all(Reach::Public, &PUBLIC, true);
        for refused in [&PRIVATE[..], &LOOPBACK, &NEVER] {
            all(Reach::Public, refused, false);
        }
    }

    #[test]
    fn what_is_allowed_never_includes_metadata_or_multicast() {
        for permitted in [&PUBLIC[..], &PRIVATE, &LOOPBACK] {
            all(Reach::Private, permitted, true);
        }
        all(Reach::Private, &NEVER, false);
        all(Reach::Loopback, &LOOPBACK, true);
        for refused in [&PUBLIC[..], &PRIVATE, &NEVER] {
            all(Reach::Loopback, refused, false);
        }
    }
}
