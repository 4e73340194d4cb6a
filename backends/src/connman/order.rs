//! Which services move where? Steps towards the order the default route needs (ConnMan: the first connected service has it).
//!
//! Only connected services are moved, and only beside connected ones. To move an idle one before the one that has the default route
//! takes the default route away for 190 ms (measured on ConnMan 1.41).

use super::proxy::Move;

/// Steps that make a service the first of the connected ones.
pub(super) fn first(service: &str, connected: &[String]) -> Vec<Move> {
    match connected.first() {
        Some(first) if first != service => vec![Move { service: service.into(), before: true, other: first.clone() }],
        Some(_) | None => Vec::new(),
    }
}

/// Steps that bring those services that were connected when the order was `found`, and are now, back into it.
pub(super) fn back(found: &[String], connected: &[String]) -> Vec<Move> {
    let mut now: Vec<&String> = connected.iter().filter(|service| found.contains(service)).collect();
    let wanted: Vec<&String> = found.iter().filter(|service| now.contains(service)).collect();
    let mut moves = Vec::new();
    for (place, service) in wanted.iter().enumerate() {
        if now[place] == *service {
            continue;
        }
        moves.push(match place.checked_sub(1) {
            None => Move { service: (*service).clone(), before: true, other: now[0].clone() },
            Some(last) => Move { service: (*service).clone(), before: false, other: wanted[last].clone() },
        });
        now.retain(|other| other != service);
        now.insert(place, service);
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &str) -> Vec<String> {
        names.chars().map(String::from).collect()
    }

    fn carried_out(moves: &[Move], order: &str) -> String {
        let mut order = names(order);
        for Move { service, before, other } in moves {
            order.retain(|name| name != service);
            let place = order.iter().position(|name| name == other).expect("the other one");
            order.insert(place + usize::from(!before), service.clone());
        }
        order.concat()
    }

    #[test]
    fn the_preferred_one_goes_to_the_front() {
        assert_eq!(carried_out(&first("c", &names("abc")), "abc"), "cab");
        assert!(first("a", &names("abc")).is_empty());
        assert!(first("a", &[]).is_empty());
    }

    #[test]
    fn the_found_order_comes_back() {
        for (found, now, expected, steps) in [
            ("abc", "cab", "abc", 2),
            ("abc", "abc", "abc", 0),
            ("ab", "ba", "ab", 1),
            ("abc", "ca", "ac", 1),
            ("ab", "dba", "dab", 1),
            ("ab", "cd", "cd", 0),
            ("a", "ba", "ba", 0),
        ] {
            let moves = back(&names(found), &names(now));
            assert_eq!((carried_out(&moves, now).as_str(), moves.len()), (expected, steps), "{found} {now}");
        }
    }
}
