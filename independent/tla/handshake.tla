----------------------------- MODULE handshake -----------------------------
(***************************************************************************)
(* What does the contract say of one session on a service network of two   *)
(* access points? Written from the contract alone, as a pure function from *)
(* a state and an event to the next state and the notices of the step; in  *)
(* brackets the section each part was written from.                        *)
(*                                                                         *)
(* The session begins in mode Application and may stop links. Access point *)
(* 1 is better than 2. Time is an event ("expires" is the deadline of what *)
(* the session does). An executor's report reaches the hub in the step in  *)
(* which it becomes true. An access point that goes out of reach ends the  *)
(* operation under way on it; others take links up and down only while no  *)
(* operation is under way.                                                 *)
(*                                                                         *)
(* What is visible, and the parts of steps, are in session.tla. Constants  *)
(* are what the contract leaves open; see README.md.                       *)
(***************************************************************************)
EXTENDS session

VARIABLES
    s,      \* the state
    label   \* how it was reached: event and notices; no part of the state (see View)

----------------------------------------------------------------------------
(* Events, and what they do. *)

(* The current link is no longer up [4, 5, 6.3]. *)
CurrentLost(r) ==
    LET l == [r EXCEPT !.lost = TRUE, !.supp[r.cur] = IF LostMayReturn THEN "Failed" ELSE @] IN
    CASE r.phase = "Stable" -> Back(l, "SessionAborted")
      [] OTHER -> l

(* A link is not up any more, or its raise came to nothing. *)
Down(r, a, was) ==
    CASE r.hold = "Wanting" /\ r.cur = a /\ (was # "Lowering" \/ ~r.avail[a]) -> OpenFails(r)
      [] r.hold = "Held" /\ r.cur = a /\ ~r.lost -> CurrentLost(r)
      [] Testing(r) /\ r.cand = a /\ (was # "Lowering" \/ ~r.avail[a]) -> Failed(r)
      [] a \in Leases(r) -> Take(r, a)
      [] OTHER -> r

Vanish(r, a) ==
    LET was == r.link[a]
        gone == [r EXCEPT !.avail[a] = FALSE, !.link[a] = "Down",
                          !.ours[a] = IF was \in {"Raising", "Lowering"} THEN FALSE ELSE @]
    IN IF was = "Down" THEN gone ELSE Down(gone, a, was)

(* [6.6] what was declined may be offered when it comes back; what failed still backs off *)
Appear(r, a) == [r EXCEPT !.avail[a] = TRUE, !.supp[a] = IF @ = "Declined" THEN "No" ELSE @]

Raised(r, a) ==
    LET u == [r EXCEPT !.link[a] = "Up"] IN
    CASE r.hold = "Wanting" /\ r.cur = a -> Tell([u EXCEPT !.hold = "Held", !.tried = {}], "Opened", "")
      [] r.hold = "Held" /\ r.phase = "Migrating" /\ r.cand = a -> Arrived(u)
      [] a \notin Leases(r) -> Drop(u, a)
      [] OTHER -> u

RaiseFailed(r, a) == Down([r EXCEPT !.link[a] = "Down", !.ours[a] = FALSE], a, "Raising")

Lowered(r, a) == Down([r EXCEPT !.link[a] = "Down", !.ours[a] = FALSE], a, "Lowering")

Open(r) ==
    IF {a \in AP : Usable(r, a)} = {} THEN Error(r, "InvalidConfiguration")
    ELSE Try([r EXCEPT !.tried = {}])

Close(r) == Tell(End(r), "Closed", "")

(* [5, 6.3] all links of the session go down, whoever raised them; of one that is not open those it mirrors [4] *)
Mirrors(r) ==
    LET up == {a \in AP : Up(r, a)} IN IF up = {} \/ StopsAll THEN up ELSE {Min(up)}
StopFree(r) == [r EXCEPT !.link = [a \in AP |-> IF a \in Mirrors(r) THEN "Lowering" ELSE @[a]]]
Stop(r) ==
    LET hit == {a \in Leases(r) : r.link[a] \in {"Raising", "Up"}}
        end == End(r)
    IN IF r.hold = "Free" THEN StopFree(r)
       ELSE Tell([end EXCEPT !.link = [a \in AP |-> IF a \in hit THEN "Lowering" ELSE @[a]]], "Closed", "")

RequestRoam(r) ==
    LET clear == [r EXCEPT !.supp = [a \in AP |-> IF a = r.cur THEN "Declined" ELSE IF @[a] = "Declined" THEN "No" ELSE @[a]]]
        others == IF r.window /\ WindowBarsAll THEN {} ELSE Candidates(clear)
    IN IF others = {} THEN Error(r, "Roaming") ELSE Offer(clear, Min(others))

Confirmed(r) ==
    LET old == IF r.lost THEN r ELSE Drop(r, r.cur)
    IN [old EXCEPT !.phase = "Stable", !.asked = FALSE, !.cur = r.cand, !.cand = None, !.lost = FALSE]

(* [6.1] a pending question is answered *)
SetMode(r, mode) ==
    LET m == [r EXCEPT !.mode = mode] IN
    IF r.hold # "Held" \/ ~r.asked \/ mode = "Application" THEN m
    ELSE IF mode = "Forced"
    THEN LET forced == [m EXCEPT !.asked = AsksAgain] IN
         CASE r.phase = "Offered" -> Migrate(forced)
           [] r.phase = "Trial" -> [forced EXCEPT !.phase = "Committing"]
           [] OTHER -> forced
    ELSE CASE r.phase \in {"Offered", "Trial"} -> Decline(m)
           [] OTHER -> m

Expires(r) ==
    CASE r.hold = "Wanting" -> OpenFails(r)
      [] r.phase \in {"Offered", "Trial"} -> Decline(IF ExpiryIsTold THEN Tell(r, "Withdrawn", "") ELSE r)
      [] r.phase = "Migrating" -> Failed(r)
      [] r.phase = "Committing" -> Failed(r)

Held(r) == r.hold = "Held"

(* What can happen, and what it leads to before it settles. *)
Happenings(r) ==
    { <<"open", Open(r)>> : x \in {y \in {0} : r.hold = "Free"} }
    \cup { <<"close", Close(r)>> : x \in {y \in {0} : r.hold # "Free"} }
    \cup { <<"stop", Stop(r)>> }
    \cup { <<"migrate", Migrate(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Offered"} }
    \cup { <<"ignore", Decline(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Offered"} }
    \cup { <<"accept", [r EXCEPT !.phase = "Committing"]>> : x \in {y \in {0} : Held(r) /\ r.phase = "Trial"} }
    \cup { <<"reject", Decline(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Trial"} }
    \cup { <<"request_roam", RequestRoam(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Stable" /\ "request_roam" \in Calls} }
    \cup { <<"open a suppression window", [r EXCEPT !.window = TRUE]>> : x \in {y \in {0} : Held(r) /\ ~r.window /\ "window" \in Calls} }
    \cup { <<"end the suppression window", [r EXCEPT !.window = FALSE]>> : x \in {y \in {0} : r.window} }
    \cup { <<"window ends", [r EXCEPT !.window = FALSE]>> : x \in {y \in {0} : r.window} }
    \cup { <<"set mode " \o mode, SetMode(r, mode)>> : mode \in {m \in {"Off", "Forced", "Application"} : "modes" \in Calls} }
    \cup { <<"expires", Expires(r)>> : x \in {y \in {0} : r.hold = "Wanting" \/ (Held(r) /\ r.phase # "Stable")} }
    \cup { <<"route switched", Confirmed(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Committing"} }
    \cup { <<"route refused", Failed(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Committing"} }
    \cup { <<"appears " \o ToString(a), Appear(r, a)>> : a \in {b \in AP : ~r.avail[b]} }
    \cup { <<"vanishes " \o ToString(a), Vanish(r, a)>> : a \in {b \in AP : r.avail[b]} }
    \cup { <<"raised " \o ToString(a), Raised(r, a)>> : a \in {b \in AP : r.link[b] = "Raising"} }
    \cup { <<"raise failed " \o ToString(a), RaiseFailed(r, a)>> : a \in {b \in AP : r.link[b] = "Raising"} }
    \cup { <<"lowered " \o ToString(a), Lowered(r, a)>> : a \in {b \in AP : r.link[b] = "Lowering"} }
    \cup { <<"up by others " \o ToString(a), Raised(r, a)>> : a \in {b \in AP : "others" \in Calls /\ r.avail[b] /\ r.link[b] = "Down"} }
    \cup { <<"down by others " \o ToString(a), Down([r EXCEPT !.link[a] = "Down"], a, "Up")>> :
                a \in {b \in AP : "others" \in Calls /\ Up(r, b)} }
    \cup { <<"suppression ends " \o ToString(a), [r EXCEPT !.supp[a] = "No"]>> : a \in {b \in AP : Barred(r, b)} }

(* [5] an open is answered once; [11] state, then opened or closed, then offers, then errors *)
Class(notice) ==
    CASE notice[1] \in {"Opened", "Closed"} -> 1
      [] notice[1] = "Error" -> 3
      [] OTHER -> 2
Notices(event, before, after) ==
    LET of(class) == SelectSeq(after.out, LAMBDA notice : Class(notice) = class) IN
    (IF Public(before) = Public(after) THEN <<>> ELSE << <<"State", Public(after)>> >>) \o of(1) \o of(2) \o of(3)
    \o (IF (event = "open" \/ before.hold = "Wanting") /\ after.hold # "Wanting" THEN << <<"Answer", "open">> >> ELSE <<>>)

Start ==
    [ avail |-> [a \in AP |-> FALSE], link |-> [a \in AP |-> "Down"], ours |-> [a \in AP |-> FALSE],
      hold |-> "Free", phase |-> "Stable", cur |-> None, cand |-> None, lost |-> FALSE, asked |-> FALSE,
      window |-> FALSE, mode |-> "Application", tried |-> {}, supp |-> [a \in AP |-> "No"], out |-> <<>> ]

Init == s = Start /\ label = <<"", <<>>>> /\ PrintT("@@I@@" \o ToString(s) \o "@@" \o ToString(Visible(s)))

Next ==
    \E happening \in Happenings(s) :
        LET after == Settled(happening[2]) IN
        /\ s' = [after EXCEPT !.out = <<>>]
        /\ label' = <<happening[1], Notices(happening[1], s, after)>>

Spec == Init /\ [][Next]_<<s, label>>

View == s

(* Prints every transition: where from, by what, the notices, where to. *)
Log ==
    PrintT("@@T@@" \o ToString(s) \o "@@" \o label'[1] \o "@@" \o ToString(label'[2]) \o "@@"
           \o ToString(s') \o "@@" \o ToString(Visible(s')))

----------------------------------------------------------------------------
(* What must hold of the specification itself [14]. *)

S1 == s.hold = "Held" => Public(s) \in {"Connected", "Roaming"}
S10 == s.hold = "Held" /\ s.phase \in {"Migrating", "Trial"} => s.cand \in Leases(s) /\ (s.lost \/ Up(s, s.cur))
S12 == s.hold = "Held" /\ s.phase = "Offered" => s.cand \in Pool(s)
Alive == s.hold = "Held" /\ ~s.lost => Up(s, s.cur)
=============================================================================
