//! What other servers learned the hard way, each by the public advisory that taught it, and the
//! tests that hold it here, those of its sibling paths as well. What no test elsewhere holds is held
//! in the files below this one.

mod accounts;
mod forms;
mod input;
mod races;
mod throttle;

use crate::common::held::{Held, NotYet, assert_held};

const HELD: &[Held] = &[
    (
        1,
        "CVE-2024-8883, CVE-2024-1132: no parser decides about an address",
        &[
            "authorize/addresses::an_address_that_is_not_registered_leads_nowhere",
            "src/model/redirect_uri/tests::an_address_is_compared_byte_for_byte",
            "logout::what_is_not_proven_signs_out_and_leads_to_our_own_page",
        ],
    ),
    (
        2,
        "CVE-2024-52289: no pattern stands for an address",
        &[
            "src/model/redirect_uri/tests::no_character_of_a_registered_address_stands_for_others",
            "authorize/addresses::its_own_query_is_kept_and_compared",
        ],
    ),
    (
        3,
        "CVE-2026-18211: loopback is a host, not a beginning",
        &[
            "authorize/addresses::a_native_client_may_have_any_port_on_loopback_and_others_may_not",
            "src/model/issuer::loopback_is_told_from_names_that_look_like_it",
        ],
    ),
    (
        4,
        "CVE-2026-9086: schemes are allowed, not forbidden, of every address of a client",
        &[
            "src/model/registered_uri::https_is_for_everybody_and_http_for_this_machine",
            "src/model/registered_uri::what_could_mean_something_else_is_refused",
        ],
    ),
    (
        5,
        "CVE-2026-16089: nobody redeems what was another client's",
        &[
            "lessons/races::another_client_redeems_neither_a_code_nor_a_refresh_token",
            "authorization_codes/refusals::whoever_shows_something_else_has_not_used_it",
            "refresh_tokens/refusals::nobody_ends_the_family_of_another_client",
        ],
    ),
    (
        6,
        "CVE-2025-4143: every way to a redirect goes through the one decision",
        &[
            "authorize/addresses::the_same_holds_for_every_way_to_an_answer",
            "authorize/addresses::an_address_that_was_taken_away_meanwhile_leads_nowhere",
            "sign_in/requests::nobody_is_sent_to_a_place_that_the_address_names",
            "src/pages/gate/destination::nobody_is_sent_anywhere_but_to_a_page_of_ours",
        ],
    ),
    (
        7,
        "CVE-2023-48228: a challenge without its verifier",
        &[
            "src/model/pkce::each_of_the_four_cases_has_its_own_answer",
            "authorization_codes/refusals::whatever_is_wrong_with_a_code_is_answered_alike",
            "authorization_codes::a_code_without_a_challenge_needs_no_verifier",
        ],
    ),
    (
        8,
        "CVE-2026-1035: no look before the change that decides",
        &[
            "races/refresh::one_of_many_turns_a_token_and_the_next_five_are_answered_alike",
            "races/codes::one_of_many_redeems_a_code_and_what_it_brings_is_dead",
        ],
    ),
    (
        9,
        "keycloak#50999, #51312: no clock decides who was first; revoking waits for refreshing",
        &[
            "races/refresh::nothing_of_a_family_outlives_the_answer_that_ended_it",
            "races/codes::no_token_of_a_code_outlives_the_end_of_its_session",
            "lessons/races::a_code_that_is_made_while_its_consent_is_taken_back_brings_nothing",
        ],
    ),
    (
        10,
        "CVE-2026-9802: nothing that decides is in memory alone",
        &[
            "races/tokens::revocation_wins_over_everything_that_was_read_before",
            "revocation::two_servers_on_one_database_agree",
        ],
    ),
    (
        11,
        "CVE-2026-4325: what counts once counts for its kind and its owner",
        &[
            "client_assertions::the_same_id_of_two_clients_counts_for_each",
            "spending/keys::two_clients_may_choose_the_same_key",
            "authorization_codes::every_code_has_an_entry_and_is_unknown_wherever_it_does_not_belong",
        ],
    ),
    (
        12,
        "CVE-2025-46815: what is handed over is good once, for a while",
        &[
            "authorization_codes/refusals::a_code_is_good_until_its_last_second",
            "new_passwords::a_link_leads_to_a_new_password_once",
            "new_passwords::a_link_is_good_for_a_while",
            "setup::a_code_is_good_for_half_an_hour_and_until_the_next",
            "authorize/tabs::a_request_is_over_after_an_hour_and_swept",
        ],
    ),
    (
        13,
        "GHSA-3p3g-vpw6-4w66: what was used once is kept where all nodes look",
        &[
            "client_assertions::an_assertion_counts_once",
            "races/codes::one_of_many_redeems_a_code_and_what_it_brings_is_dead",
            "sweep::used_identifiers_leave_when_they_expired",
        ],
    ),
    (
        14,
        "CVE-2025-27370: an assertion for somebody else, too",
        &["client_assertions::only_the_issuer_is_its_audience_unless_the_client_says_so"],
    ),
    (
        15,
        "CVE-2026-27840: part of a token is none",
        &[
            "authorization_codes/refusals::whatever_is_wrong_with_a_code_is_answered_alike",
            "introspection::whatever_is_no_token_is_inactive_and_nothing_more",
            "reference_tokens::a_located_key_alone_opens_nothing",
        ],
    ),
    (
        16,
        "CVE-2026-37979, CVE-2026-18208: who may see is decided once, whatever the form",
        &[
            "introspection::a_client_sees_only_its_own_tokens",
            "userinfo::whoever_wants_it_signed_gets_it_signed",
        ],
    ),
    (
        17,
        "GHSA-wxg7-w2v3-w38g: a claim that is not there does not hold",
        &[
            "client_assertions::a_claim_that_is_missing_or_wrong_is_refused",
            "id_tokens::an_id_token_comes_back_as_a_hint_and_nothing_else_does",
        ],
    ),
    (
        18,
        "OpenIddict#324: no algorithm but that of the key",
        &[
            "client_assertions::another_key_or_algorithm_is_refused",
            "jwt_access_tokens::a_forged_or_altered_jwt_is_inactive",
            "logout::a_hint_of_another_client_or_key_is_none",
            "src/tokens/jwt::unknown_algorithms_and_extensions_are_refused",
        ],
    ),
    (
        19,
        "hydra#3942: the name in a header is that of the key that signed",
        &["signing_keys::the_name_in_a_header_is_always_that_of_the_key_that_signed"],
    ),
    (
        20,
        "CVE-2023-22492: whoever is locked out goes on refreshing",
        &[
            "lessons/accounts::whoever_is_locked_out_or_disabled_is_refused_on_every_way",
            "lessons/accounts::nothing_outlives_an_account",
            "sign_in::a_locked_person_proves_nothing_by_a_password",
            "new_passwords::a_link_of_whoever_may_not_sign_in_is_dead",
        ],
    ),
    (
        21,
        "MAS#5151: another password takes the current one, and ends what the old one opened",
        &[
            "account/security::a_password_is_changed_by_whoever_knows_it",
            "account/security::another_password_signs_out_all_other_browsers",
            "lessons/accounts::another_password_signs_out_whichever_way_it_came",
            "new_passwords::a_link_ends_sessions_and_other_links",
            "sign_in::a_sign_in_by_a_password_that_was_just_changed_does_not_count",
        ],
    ),
    (
        22,
        "CVE-2026-47203: one account, one bucket",
        &[
            "lessons/throttle::one_account_is_guessed_at_however_it_is_spelled_and_wherever_it_is_asked_for",
            "sign_in::a_name_is_the_same_however_it_is_typed",
        ],
    ),
    (
        23,
        "CVE-2025-64102, CVE-2026-9798: slowed down wherever a secret is asked for, to the end",
        &[
            "lessons/throttle::one_account_is_guessed_at_however_it_is_spelled_and_wherever_it_is_asked_for",
            "account/security::guessing_the_current_password_is_slowed_down_as_anywhere",
            "setup::codes_are_not_guessed",
            "src/hashing/password::whoever_used_up_the_guesses_is_not_told_what_was_right_before",
        ],
    ),
    (
        24,
        "CVE-2024-47070: no header says where somebody is, unless a proxy of ours wrote it",
        &[
            "lessons/throttle::no_header_and_no_other_address_of_a_network_brings_more_guesses",
            "proxies::made_up_entries_free_nobody_from_being_slowed_down",
        ],
    ),
    (
        25,
        "CVE-2026-49448: an empty post is no step",
        &[
            "lessons/forms::a_form_that_holds_nothing_brings_nobody_on",
            "authorize/signing_in::a_prompt_for_sign_in_asks_whoever_is_there_and_takes_no_old_proof",
        ],
    ),
    (
        26,
        "CVE-2026-22746: whoever is not there costs what everybody costs",
        &[
            "src/hashing/password::a_decoy_costs_what_a_password_of_ours_costs_and_is_never_right",
            "src/hashing/password::guesses_are_slowed_down_whether_there_is_the_account_or_not",
            "new_passwords/letters::nobody_can_tell_whose_account_there_is",
        ],
    ),
    (
        27,
        "CVE-2023-49097, CVE-2025-64101: the Host header, four times",
        &[
            "lessons/forms::the_host_header_leads_nobody_anywhere",
            "discovery::the_host_header_decides_nothing",
            "proxies::no_header_changes_the_addresses_we_print",
        ],
    ),
    (
        30,
        "CVE-2024-52287: one decision about scope, for all grants",
        &[
            "authorize/asked::each_fault_has_its_registered_error",
            "token_endpoint::a_scope_the_client_may_not_ask_for_is_refused",
            "refresh_tokens/scope::what_was_not_granted_is_refused",
        ],
    ),
    (
        31,
        "CVE-2024-42490: what is in no table does not exist",
        &[
            "authorization_coverage::every_route_stands_in_the_table",
            "authorization_coverage::every_page_stands_in_the_table",
            "authorization_coverage::nobody_sees_a_page_of_their_account_who_is_not_signed_in",
        ],
    ),
    (
        32,
        "GO-2026-4861: what anybody wrote is text",
        &[
            "lessons/input::what_anybody_is_called_never_becomes_markup",
            "authorize/addresses::a_hostile_parameter_never_becomes_markup",
        ],
    ),
    (
        33,
        "kanidm: a claim named id",
        &[
            "lessons/input::no_odd_value_brings_about_a_failure_of_ours",
            "src/model/authorization_request/claims::what_could_be_read_two_ways_is_refused",
        ],
    ),
    (
        34,
        "CVE-2024-4540: nothing of a request stands in a cookie",
        &["lessons/forms::a_cookie_holds_random_bits_and_nothing_else"],
    ),
];

const NOT_YET: &[NotYet] = &[
    (16, "introspection has no answer as a JWT"),
    (28, "nothing is fetched for anybody: no address of a client is ever asked"),
    (29, "clients do not register themselves"),
];

#[test]
fn every_lesson_is_held_or_says_why_not() {
    assert_held(1..=34, HELD, NOT_YET);
}
