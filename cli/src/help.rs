//! What `--help` and the manual page add to the list of arguments: examples, exit codes, and what is not obvious.

pub(crate) const GENERAL: &str = "\
Examples:
  netsession doctor                        what works here, and what does not
  netsession list                          what there is
  netsession config > netsession.toml      start with a file that documents every key
  netsession open internet -- rsync …      hold a session on `internet` while rsync runs

Exit codes:
  0    done; also when `monitor` was interrupted
  1    a check failed, `doctor` found a problem, a file is not up to date, a session was lost
  2    the arguments make no sense
  3    the configuration file is missing or wrong
  4    no configuration, world, machine or subcommand has this name
  5    not permitted: CAP_NET_ADMIN is missing, or a daemon refuses it to this user
  6    not available: a session could not be opened, something could not be read, written or started
  126  `open`: COMMAND could not be run        127  `open`: COMMAND was not found
  129, 130, 143  ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM
  Once COMMAND of `open` runs, its own exit code is passed on.

Environment:
  NETSESSION_CONFIG  the configuration file, as --config
  NETSESSION_BROKER  whether the broker is used, as --through
  NETSESSION_LOG     a filter for the log on standard error, such as \"netsession_backends=debug\"
  NETSESSION_RECORD  a file to record everything to that is decided, for `netsession judge`
  NO_COLOR           no colours, as --color never

Files:
  ./netsession.toml, $XDG_CONFIG_HOME/netsession/netsession.toml (~/.config), /etc/netsession.toml: the first that exists
  Without any of them the access points are the connection profiles of NetworkManager, the services of ConnMan, and interfaces that \
neither has and that lead out of the machine, with DHCP; each by its name. Nothing of that is touched before it is opened by name.

Executors: who realises an access point whose file does not say it, the first that can: NetworkManager if it runs and manages its \
interface or has its connection; ConnMan if it runs and has its service, or one on its interface; netlink, the kernel's links without \
a daemon. Only where the kernel refuses even that it is simulated, with a warning that cannot be turned off. -v says which and why; \
--backend asks for one.

With --json errors are one JSON object on standard error: {\"error\": {\"code\", \"kind\", \"message\", \"help\", \"file\", \"line\", \
\"column\"}}, the last four where they apply. Arguments that make no sense are always told as text.";

pub(crate) const DEMO: &str = "\
Builds three access points out of veth links to a router, in network namespaces of its own; needs neither root nor any other program, \
and touches nothing of this system. A transfer runs over the session; a better access point appears, is tested and accepted; the next \
one fails its probe and is rejected; then the link in use is cut and the session moves by itself. Where namespaces are refused it says \
why, and plays on the simulator; with --backend netlink it ends with 5 instead.

Exit code 0 says that nothing was lost and nothing is left behind; times are shown with their targets and decide nothing.

Examples:
  netsession demo
  netsession demo --json | jq .figures
  netsession demo --backend sim";

pub(crate) const LIST: &str = "\
Needs no privileges, changes nothing and scans nothing. An access point is `active` if its link is up, whoever raised it. REACHES is how \
far its executor found traffic to get; an interface in brackets is the one it would be raised on. Holders are the sessions of this \
program, so there are none here: other programs' sessions are their own.

With --json each configuration also has `because` (why its executor realises it), `connectivity` and `expected_interface`.

Examples:
  netsession list
  netsession list -v                       also who realises what, and why
  netsession --config office.toml list --json | jq '.configurations[] | select(.state == \"active\") | .interface'";

pub(crate) const MONITOR: &str = "\
Needs no privileges and changes nothing. Told by the kernel and the daemons, never polled. Ctrl-C, SIGTERM, and a reader that went away end it with \
exit code 0.

With --json each line is one object with `time` and `event`: first `snapshot` (configurations as in `list --json`, default, \
default_route), then `added`, `changed` (configuration, state), `removed`, `carrier` (configuration, interface, index, addresses, gateway, dns: of a link \
that came up, or others than before), `attributes` (configuration, bearer, metered, connectivity, interface), `online` (online), \
`refreshed`, `default-route` (access_point, or null: as found).

Examples:
  netsession monitor
  netsession monitor --json | jq -c 'select(.event == \"changed\")'";

pub(crate) const OPEN: &str = "\
COMMAND runs once the session is open, and the session is closed when it ends: what was raised is lowered, what was up before is left \
as found. Its exit code is passed on. SIGINT, SIGTERM and SIGHUP end this program at any moment in order: COMMAND is told by the same \
signal (not again by the Ctrl-C of a terminal that reaches it anyway), gets SIGTERM after --grace and SIGKILL after another, or \
SIGKILL at the second signal; then everything is put back as found. Only SIGKILL leaves links raised, and COMMAND running: the next \
`netsession open` finds them up, uses them and leaves them up; `ip link set INTERFACE down` and `ip address flush dev INTERFACE` \
clean up; routing rules of their addresses go with the next session that raises a link, or by `ip rule flush protocol 78`. A daemon's \
links go down by its own means (`nmcli`, `connmanctl`), or by `netsession stop`.

COMMAND's environment, as it was when COMMAND started:
  NETSESSION_CONFIGURATION  the configuration that was opened
  NETSESSION_ACCESS_POINT   the access point in use
  NETSESSION_INTERFACE      its interface
  NETSESSION_ADDRESS        its first address; NETSESSION_ADDRESSES has all of them, with blanks between
  NETSESSION_GATEWAY, NETSESSION_DNS
A probe's command gets the same of the candidate. What is not known is not set.

Roaming moves the system's default route, which new connections of COMMAND follow. To stay on one link, bind to NETSESSION_INTERFACE \
(`curl --interface`, `ping -I`).

With --roam ask you are asked whether to move to a candidate, and, once it is up beside the old link, whether to stay on it; COMMAND \
then gets no standard input. Where standard input is no terminal, offers are ignored with a message: use --probe or --roam auto.

A session that is lost is told on standard error; COMMAND goes on and its exit code is passed on, unless --kill ends it: exit code 1.

Access points with commas between them are a service network of them, best first: the session moves among them.

Two programs on one link: the first raises it, the second finds it up and leaves it as found. If the first ends first, the link goes \
down and the second is told that its session is lost; if the second ends first, nothing changes for the first.

Examples:
  netsession open lan -- ssh host
  netsession open home,phone -- rsync -a data/ host:data/
  netsession open internet --probe http://192.0.2.1/generate_204 -- ./sync.sh
  netsession open internet --probe 'ping -c1 -W2 -I $NETSESSION_INTERFACE 192.0.2.1' --kill -- ./server
  netsession --backend sim open internet -- env";

pub(crate) const STOP: &str = "\
Whoever raised it, another program, a daemon or somebody by hand: it goes down, everybody who uses it is told, and it stays down until \
somebody raises it again. Of a service network everything goes down that is up. Where nothing is up there is nothing to do: exit code 0.

What may not be stopped is refused before anything is: exit code 5. netlink needs CAP_NET_ADMIN, NetworkManager asks polkit for \
network-control, ConnMan the policy of the system bus.

With --json: {\"stopped\": [ACCESS POINT, …]}.

Examples:
  netsession stop home
  netsession stop home,phone --json";

pub(crate) const DOCTOR: &str = "\
Looks at the kernel, the daemons, the interfaces, the configuration file, and the programs that `make test` uses; changes nothing, \
scans nothing, starts no daemon. Each line is ok, a warning (something that is configured does not need it) or a problem, with what to \
do about it. Exit code 1 if something does not work that a session needs, else 0.

With --json: {\"works\": BOOL, \"checks\": [{\"group\", \"name\", \"status\": \"ok\" | \"warning\" | \"problem\", \"found\", \"todo\"}, …]}.

Examples:
  netsession doctor
  netsession --config office.toml doctor
  netsession doctor --json | jq -r '.checks[] | select(.status != \"ok\") | .todo'";

pub(crate) const CONFIG: &str = "\
Examples:
  netsession config > netsession.toml
  netsession config --check netsession.toml

A file that is wrong ends with exit code 3 and FILE:LINE:COLUMN of the first mistake.";

pub(crate) const CHECK: &str = "\
Explores small worlds completely: sessions, links, and an environment that does everything it can. What is checked is the very code \
that decides in `open`. Where something does not hold, the shortest sequence that leads there is printed, and the exit code is 1.

With --junit the verdicts are a file that continuous integration reads; the exit code is the same.

Examples:
  netsession check --list
  netsession check --world radio --engine stateright      another engine's word on the same world
  netsession check --world quick                          seconds; --world deep half an hour, 16 GB
  netsession check --world radio --property S15
  netsession check --junit check.xml --counterexamples broken/
  netsession check --world radio --graph radio.aut        for CADP, mCRL2, ltsmin
  netsession check --json | jq '.worlds[] | {name, states, quiet_reachable}'";

pub(crate) const CONFORMANCE: &str = "\
Every law is played on every executor, or on that of --backend: sim, netlink, networkmanager, connman, or broker, which is the \
simulator through a broker on a bus of its own. Links and daemons are those of a lab: each law has namespaces of its own, a router, and \
a daemon that is started for it; nothing of this system is touched, and root is not needed. A law is a row of the contract of sessions, \
or a rule of the executors' contract (C1 to C13).

A law is `passed` or `failed`; `excused` where the executor lacks a capability that the law needs, which is named, or cannot show it for \
another reason, which is told; `impossible` where it cannot be played here: no namespaces, or a program that is not installed.

Exit code 0: none failed. 1: some failed; what was said is on standard error. 6: none could be played here.

With --json: {\"holds\": BOOL, \"executors\": [{\"executor\", \"laws\": [{\"law\", \"section\", \"verdict\", \"milliseconds\", \"why\"}, …]}, …]}; with \
--list, too: {\"laws\": [{\"law\", \"section\", \"needs\": [CAPABILITY, …]}, …]}.

Examples:
  netsession conformance --list
  netsession conformance --backend sim                    in memory: a second
  netsession conformance --backend netlink --law trials
  netsession conformance --backend broker --law 6.3 --law C4
  netsession conformance --junit conformance.xml";

pub(crate) const SCENARIO: &str = "\
A scenario is a file that a person can read: who does what, what everybody says then, how the links and the default route are. It is \
played on the simulator, in no time, or with --backend on real links: those of a lab, with namespaces of its own, a router, and a daemon \
that is started for it; nothing of this system is touched, and root is not needed.

With --from a run is printed as a scenario: a counterexample of `netsession check`, or what a program recorded with \
NETSESSION_RECORD=FILE. What was asked and what happened are its deeds; what everybody says is what they say when these are played. What \
the language has no word for, what cannot happen in real time, and whether the sessions say something else than in the run, is told with \
its step, and then there is no scenario, or with --anyway one of the rest.

Exit code 0: everything is so. 1: something is not; the first line that is not so, and what was instead, is on standard error. 3: the \
file is no scenario. 6: it cannot be played there.

With --json: {\"file\", \"backend\", \"verdict\": \"passed\"|\"failed\"|\"excused\"|\"impossible\", \"why\"}.

Examples:
  netsession scenario conformance/scenarios/p08-one-bundle.scenario
  netsession scenario alr-*.scenario --backend connman
  netsession scenario failing.scenario --shrink short.scenario
  netsession scenario --from run.ndjson > run.scenario
  netsession scenario --from broken/radio-S15.trace.json --anyway";

pub(crate) const REPLAY: &str = "\
Takes the steps that `netsession check --counterexamples` recorded with the hub of this program: each must be possible, and be answered \
as recorded, and the end must break the same property. Exit code 0 if so: the fault is still there. Exit code 1 with the first step \
that differs if not: the fault is gone, or has changed. What a program recorded is stepped as `netsession judge` does it.

With --simulate the program around the hub plays it too: clients ask through the client API, an executor reports what the recorded one \
reported, time goes on when a timer is to run out. A run whose timers run out in an order that real time does not have, or that needs a \
hub with a mistake, differs there.

With --backend sim, netlink, networkmanager or connman the run is played there, on real links in a lab: as the scenario that `netsession \
scenario --from FILE` prints. Exit code 1 if something is not so there, or if it cannot be told whole; 6 if it cannot be played there. \
With --shrink steps are left out as long as the rest breaks the same.

With --json: {\"world\", \"breaks\": [PROPERTY, …], \"same\": BOOL, \"divergence\", \"simulated\": INPUTS, \"story\": {\"title\", \"lines\", \"path\", …}}; \
with --backend {\"backend\", \"verdict\", \"why\", \"scenario\"}.

Examples:
  netsession replay broken/radio-S15.trace.json
  netsession replay broken/radio-S15.trace.json --mermaid > radio-S15.mmd
  netsession replay broken/radio-S15.trace.json --simulate
  netsession replay long.trace.json --shrink short.trace.json
  netsession replay run.ndjson --backend netlink";

pub(crate) const JUDGE: &str = "\
Steps what a program recorded through the machine again: each answer must be the machine's, each state keep the promises, and at the end \
of a run that ended in order nothing may be left. A program records when NETSESSION_RECORD=FILE is in its environment: `%p` in it is the \
number of the process, and in a directory each process has its own file. There are no secrets in a recording, but names of configurations.

Tells the first fault with the steps before it, and what happened: sessions, inputs, how handshakes ended, how long open sessions were in \
each phase of it, and how long from a lost link to the next. A recording that is empty or truncated is a failure.

Exit code 0 if all are good, 1 if one is not, 2 if one cannot be read.

With --json: {\"file\", \"verdict\": \"good\"|\"differs\"|\"broken\"|\"unfinished\"|\"truncated\"|\"empty\"|\"unreadable\", \"fault\", \"step\", \
\"property\", \"given_up\": BOOL, \"program\", \"statistics\", \"story\"}; times are nanoseconds.

Examples:
  NETSESSION_RECORD=run.ndjson netsession open internet -- rsync …
  netsession judge run.ndjson
  netsession judge run.ndjson --itf run.itf.json
  netsession judge run.ndjson --shrink short.ndjson";

pub(crate) const EXPLORE: &str = "\
Serves a page on which every next step of a world can be chosen: the chart of what happened so far, the state in words, and each property \
with its verdict, as far as the world was searched: `Run to completion` searches all of it, slowly; --judge does so before, fast. The page needs nothing from the internet. It \
runs until Ctrl-C.

Examples:
  netsession explore
  netsession explore --world terms --address 127.0.0.1:8080
  netsession explore --world radio --judge";

pub(crate) const DIAGRAMS: &str = "\
Examples:
  netsession diagrams                                  write DIAGRAMS.md
  netsession diagrams --check                          exit code 1 if DIAGRAMS.md is not up to date
  netsession diagrams --format dot --machine roaming | dot -Tsvg > roaming.svg
  netsession diagrams --format scxml --machine roaming > roaming.scxml";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  netsession completions bash > ~/.local/share/bash-completion/completions/netsession
  netsession completions zsh > ~/.zfunc/_netsession";

pub(crate) const MAN: &str = "\
Examples:
  netsession man | man -l -
  netsession man open > netsession-open.1
  netsession man --all /usr/local/share/man/man1";

pub(crate) const STATUS: &str = "\
What the broker says: who holds which session, what it leases, where its handshake is and how long that lasts. Without the right to observe \
one sees one's own sessions. Exit code 6: no broker runs.

Examples:
  netsession status
  netsession status --json | jq '.sessions[] | select(.open) | {process, active}'";

pub(crate) const BROKER: &str = "\
Takes the name org.netsession.Broker1 on the bus and serves the sessions of all its clients: a link goes down when the last of them \
closes, whoever dies. Its configuration is that of --config and --backend, as for every other subcommand. SIGTERM and Ctrl-C close \
every session, put every link back as found, and end it with exit code 0. After SIGKILL the next broker goes on where this one was, for \
those clients that are still there, and takes back what nobody holds any more.

Who may do what: polkit, asked about org.netsession.broker.open and so on; else the rules of the policy file; else root alone. On the \
bus of a user's session: that user. `man netsession-policy` has the file.

On a system with systemd the unit netsession.service runs it, or the bus starts it at the first call.

Examples:
  netsession broker
  netsession broker --bus session --config ~/netsession.toml -v
  netsession broker --metrics /run/netsession/metrics
  busctl introspect org.netsession.Broker1 /org/netsession/Broker1";
