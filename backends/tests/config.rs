//! What does the configuration file mean, and where exactly is it wrong?

use netsession_backends::client::StartError;
use netsession_backends::config::{Config, NETLINK, Probe, Realisation};
use netsession_backends::sim::{Behaviour, Outcome};
use netsession_fsm::hub::{SessionOptions, Settings};
use netsession_fsm::words::{AccessPointId, Bearer, Cause, ConfigurationState, Metered, Purpose};
use std::time::Duration;

fn error(text: &str) -> String {
    Config::parse("net.toml", text).expect_err("a mistake").to_string()
}

const LAN: &str = r#"[[access-point]]
name = "lan"
executor = "netlink"
interface = "eth0"
addresses = ["192.0.2.10/24"]
"#;

#[test]
fn the_sample_is_right_and_shows_the_defaults() {
    let config = Config::parse("sample.toml", Config::sample()).expect("the sample");
    assert_eq!(config.settings, Settings::default());
    assert_eq!(config.default.as_deref(), Some("internet"));
    let names: Vec<_> = config.access_points.iter().map(|it| (it.name.as_str(), it.access_point.bearer, it.access_point.metered)).collect();
    assert_eq!(names, [("office", Bearer::Wlan, Metered::No), ("phone", Bearer::Lte, Metered::Yes)]);
    assert_eq!(config.access_points[0].realisation, Realisation::Sim(Behaviour::default()));
    assert_eq!(config.service_networks[0].members, ["office", "phone"]);
    assert_eq!(config.service_networks[0].probe, Some(Probe::Tcp { host: "192.0.2.1".to_owned(), port: 443 }));
    assert_eq!(config.user_choices[0].options, ["internet", "office", "phone"]);
}

#[test]
fn the_commented_part_of_the_sample_is_right_too() {
    let example = |head: &str| -> Config {
        let lines = Config::sample().lines().skip_while(|line| !line.starts_with(head)).skip(1).take_while(|line| line.starts_with("# "));
        Config::parse("sample.toml", &lines.map(|line| &line[2..]).collect::<Vec<_>>().join("\n")).expect("the example")
    };
    let given = example("# On one whose network").profiles().remove(0);
    assert_eq!((given.interface.as_str(), given.dhcp, given.slaac, given.addresses.len()), ("eth1", true, true, 0));
    let config = example("# On a real interface");
    let profile = &config.profiles()[0];
    assert_eq!(profile.access_point, AccessPointId(0));
    assert_eq!(profile.interface, "eth0");
    assert_eq!(profile.addresses, [("192.0.2.10".parse().unwrap(), 24), ("2001:db8::10".parse().unwrap(), 64)]);
    assert_eq!(profile.gateway, Some("192.0.2.1".parse().unwrap()));
    assert_eq!((profile.dns.as_slice(), profile.metric), (["192.0.2.53".parse().unwrap()].as_slice(), 1000));
}

#[test]
fn a_network_may_give_the_addresses() {
    let head = "[[access-point]]\nname = \"lan\"\nexecutor = \"netlink\"\ninterface = \"eth0\"\n";
    let read = |tail: &str| Config::parse("net.toml", &format!("{head}{tail}")).expect("right").profiles().remove(0);
    let given = |profile: &netsession_backends::netlink::Profile| (profile.dhcp, profile.slaac, profile.addresses.len());
    assert_eq!(given(&read("dhcp = true\n")), (true, false, 0));
    assert_eq!(given(&read("slaac = true\n")), (false, true, 0));
    assert_eq!(given(&read("dhcp = true\nslaac = true\n")), (true, true, 0));
    assert_eq!(given(&read("dhcp = true\naddresses = [\"2001:db8::10/64\"]\ngateway = \"2001:db8::1\"\n")), (true, false, 1));
    assert_eq!(given(&read("dhcp = false\naddresses = [\"192.0.2.10/24\"]\n")), (false, false, 1));
}

#[test]
fn everything_that_is_given_arrives() {
    let text = r#"
[settings]
offer-deadline = "1min 30s"
settle = "0s"
[[access-point]]
name = "a"
executor = "sim"
purpose = "service-specific"
connect-timeout = "250ms"
radio = "wlan0"
sim = { state = "active", raise = "no-lease", lower = "never-answers", prefer-delay = "2s", reachable = false }
[[access-point]]
name = "b"
executor = "sim"
radio = "wlan0"
[[service-network]]
name = "n"
members = ["b", "a"]
probe = ["ping", "-c1", "192.0.2.1"]
"#;
    let config = Config::parse("net.toml", text).expect("right");
    assert_eq!(config.settings.offer_deadline, Duration::from_secs(90));
    assert_eq!(config.settings.settle, Duration::ZERO);
    let [a, b] = config.access_points.as_slice() else { panic!("{config:?}") };
    assert_eq!(a.access_point.purpose, Purpose::ServiceSpecific);
    assert_eq!(a.access_point.connect_timeout, Duration::from_millis(250));
    assert!(a.access_point.radio.is_some());
    assert_eq!(a.access_point.radio, b.access_point.radio);
    let expected = Behaviour {
        state: ConfigurationState::Active,
        raise: Outcome::Fails(Cause::NoLease),
        lower: Outcome::NeverAnswers,
        prefer_delay: Duration::from_secs(2),
        reachable: false,
        radio: a.access_point.radio,
        ..Behaviour::default()
    };
    assert_eq!(a.realisation, Realisation::Sim(expected));
    assert_eq!(config.service_networks[0].members, ["b", "a"]);
    assert_eq!(config.service_networks[0].probe, Some(Probe::Command(["ping", "-c1", "192.0.2.1"].map(String::from).to_vec())));
}

/// A mistake in one line: place, width, message, help.
fn brief(text: &str) -> String {
    let error = Config::parse("net.toml", text).expect_err("a mistake");
    format!("{}:{}+{} {} = {}", error.line, error.column, error.width, error.message, error.help)
}
#[test]
fn mistakes_are_shown_with_the_line_and_a_caret() {
    let text = format!("{LAN}\tgatway = \"192.0.2.1\"\n");
    let known = "expected one of `name`, `executor`, `bearer`, `purpose`, `metered`, `connect-timeout`, `radio`, `interface`, `addresses`, \
                 `gateway`, `dhcp`, `slaac`, `dns`, `metric`, `sim`";
    let expected = format!("net.toml:6:2: unknown key `gatway`\n6 | \tgatway = \"192.0.2.1\"\n  | \t^^^^^^\n  = {known}");
    assert_eq!(error(&text), expected);
    let text = format!("{LAN}\n\n\n\n[[user-choice]]\nname = \"größe\"\noptions = [\"größe\", \"lan\"]\r\n");
    let expected = "net.toml:12:12: \"größe\" is a user choice\n12 | options = [\"größe\", \"lan\"]\n   |            ^^^^^^^\n   = name an access \
                    point or a service network";
    assert_eq!(error(&text), expected);
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let cases = [
        (
            LAN,
            "gatway = \"192.0.2.1\"\n",
            r#"6:1+6 unknown key `gatway` = expected one of `name`, `executor`, `bearer`, `purpose`, `metered`, `connect-timeout`, `radio`, `interface`, `addresses`, `gateway`, `dhcp`, `slaac`, `dns`, `metric`, `sim`"#,
        ),
        (
            LAN,
            "gateway = \"198.51.100.1\"\n",
            r#"6:11+14 gateway 198.51.100.1 is in none of the subnets of "lan" = give a router that the addresses can reach, or correct their prefix length"#,
        ),
        (
            LAN,
            "gateway = \"192.0.2.10\"\n",
            r#"6:11+12 gateway 192.0.2.10 is the access point's own address = give the address of the router"#,
        ),
        (LAN, "dhcp = true\n", r#"5:14+15 an IPv4 address beside dhcp = true = remove one of them; dhcp gives the IPv4 address"#),
        (LAN, "dhcp = \"yes\"\n", r#"6:8+5 invalid type: string "yes" = expected a boolean"#),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth1\"\ndhcp = true\ngateway = \"192.0.2.1\"\n",
            r#"11:11+11 an IPv4 gateway beside dhcp = true = remove one of them; dhcp names the router"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"sim\"\nslaac = true\n",
            r#"9:9+4 slaac belongs to real links = remove it, or set executor = "netlink""#,
        ),
        (LAN, "gateway = \"nowhere\"\n", r#"6:11+9 "nowhere" is no IP address = use one such as "192.0.2.10" or "2001:db8::10""#),
        (LAN, "metric = -1\n", r#"6:10+2 invalid value: integer `-1` = expected u32"#),
        (
            LAN,
            "connect-timeout = \"soon\"\n",
            r#"6:19+6 "soon" is no duration such as "30s", "5min" or "250ms" = the sample configuration documents every key"#,
        ),
        (LAN, "connect-timeout = \"0s\"\n", r#"6:19+4 no time at all = give a duration greater than zero"#),
        (
            LAN,
            "bearer = \"wifi\"\n",
            r#"6:10+6 unknown value `wifi` = expected one of `unknown`, `ethernet`, `wlan`, `cellular2g`, `cdma2000`, `wcdma`, `hspa`, `bluetooth`, `wimax`, `evdo`, `lte`, `cellular3g`, `cellular4g`, `cellular5g`, `vpn`"#,
        ),
        (LAN, "sim = { raise-delay = \"1s\" }\n", r#"6:7+22 sim belongs to the simulator = remove it, or set executor = "sim""#),
        (
            LAN,
            "[[access-point]]\nname = \"lan\"\nexecutor = \"sim\"\n",
            r#"7:8+5 "lan" is already the name of an access point (line 2) = give each configuration its own name"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth0\"\naddresses = [\"198.51.100.2/24\"]\n",
            r#"9:13+6 interface "eth0" is already that of access point "lan" (line 4) = an interface carries one access point"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth1\"\naddresses = [\"224.0.0.1/24\"]\n",
            r#"7:8+5 224.0.0.1 on `eth1` is no address of an interface = correct this access point"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\naddresses = [\"198.51.100.2/24\"]\n",
            r#"7:8+5 access point "dsl" has no interface = add interface = "eth0", or whatever it is called"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth1\"\n",
            r#"7:8+5 access point "dsl" has no addresses = add addresses = ["192.0.2.10/24"], dhcp = true or slaac = true"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth1\"\naddresses = [\"198.51.100.2\"]\n",
            r#"10:14+14 "198.51.100.2" has no prefix length = write it as "198.51.100.2/24", or whatever the subnet has"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth1\"\naddresses = [\"198.51.100.2/33\"]\n",
            r#"10:14+17 "33" is no prefix length for 198.51.100.2 = use a number from 0 to 32"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth1\"\naddresses = [\"2001:db8::1/129\"]\n",
            r#"10:14+17 "129" is no prefix length for 2001:db8::1 = use a number from 0 to 128"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"netlink\"\ninterface = \"eth1\"\naddresses = []\n",
            r#"10:13+2 no address = add addresses = ["192.0.2.10/24"], dhcp = true or slaac = true"#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"sim\"\ninterface = \"eth1\"\n",
            r#"9:13+6 interface belongs to real links = remove it, or set executor = "netlink""#,
        ),
        (
            LAN,
            "[[access-point]]\nname = \"dsl\"\nexecutor = \"sim\"\nsim = { raise = \"sometimes\" }\n",
            r#"9:17+11 "sometimes" is no outcome = use "succeeds", "never-answers", or a cause such as "authentication" or "no-lease""#,
        ),
        (LAN, "[[access-point]]\nname = \"dsl\"\n", r#"6:1+16 missing key `executor` = the sample configuration documents every key"#),
        (
            LAN,
            "[[service-network]]\nname = \"net\"\nmembers = [\"lan\", \"wlam\"]\n",
            r#"8:19+6 there is no configuration called "wlam" = known: lan"#,
        ),
        (
            LAN,
            "[[service-network]]\nname = \"net\"\nmembers = []\n",
            r#"8:11+2 the list is empty = name at least one configuration, or remove the group"#,
        ),
        (
            LAN,
            "[[service-network]]\nname = \"net\"\nmembers = [\"lan\", \"lan\"]\n",
            r#"8:19+5 "lan" is listed twice = remove one of them"#,
        ),
        (
            LAN,
            "[[service-network]]\nname = \"net\"\nmembers = [\"lan\"]\nprobe = \"ftp://x\"\n",
            r#"9:9+9 "ftp://x" is no probe = use "http://…" or "https://…", "tcp:HOST:PORT", or a program with its arguments as a list"#,
        ),
        (
            LAN,
            "[[service-network]]\nname = \"net\"\nmembers = [\"lan\"]\nprobe = 7\n",
            r#"9:9+1 a probe is no integer = use "http://…" or "https://…", "tcp:HOST:PORT", or a program with its arguments as a list"#,
        ),
        (
            LAN,
            "[[user-choice]]\nname = \"any\"\noptions = [\"any\"]\n",
            r#"8:12+5 "any" is a user choice = name an access point or a service network"#,
        ),
        (
            LAN,
            "[settings]\nback-off = \"10min\"\n",
            r#"7:12+7 back-off-limit (5m) is shorter than back-off (10m) = doubling starts at back-off and ends at back-off-limit"#,
        ),
        (
            LAN,
            "[setings]\nback-off = \"10min\"\n",
            r#"6:2+7 unknown key `setings` = expected one of `default`, `settings`, `access-point`, `service-network`, `user-choice`"#,
        ),
        (
            "",
            "default = \"größe\"\n[[access-point]]\nname = \"lan\"\nexecutor = \"netlink\"\ninterface = \"eth0\"\naddresses = [\"192.0.2.10/24\"]\n",
            r#"1:11+7 there is no configuration called "größe" = known: lan"#,
        ),
        ("", "a = \"\n", r#"1:6+1 invalid basic string = expected `"`"#),
        ("", "", r#"1:1+1 there is no access point = add one [[access-point]]; the sample configuration shows how"#),
    ];
    for (head, tail, expected) in cases {
        assert_eq!(brief(&format!("{head}{tail}")), expected, "for\n{head}{tail}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_sample_runs() {
    let config = Config::parse("sample.toml", Config::sample()).expect("the sample");
    let running = config.start().await.expect("the simulator realises it");
    let default = running.client.default_configuration().expect("a default");
    assert_eq!(&*default.name, "internet");
    let session = running.client.session(&default, SessionOptions::default()).await.expect("a session");
    session.open().await.expect("usable");
    assert_eq!(&*session.active_configuration().expect("open").name, "office");
    let network = running.network.expect("the simulator's network");
    assert_eq!(network.raised(), [AccessPointId(0)]);
    running.client.shutdown().await;
    assert_eq!(network.raised(), []);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_realises_is_not_started() {
    let config = Config::parse("net.toml", LAN).expect("right");
    let error = config.builder().start().await.unwrap_err();
    assert_eq!(error, StartError::NoExecutor { access_point: "lan".into(), executor: NETLINK });
}
