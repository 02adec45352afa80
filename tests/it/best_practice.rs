//! What current best practice demands of such a server (RFC 9700, OAuth 2.1, RFC 10070, OWASP ASVS),
//! and the tests that hold it. What no test elsewhere holds is held in the files below this one.

mod answers;
mod forms;

use crate::common::held::{Held, NotYet, assert_held};

const HELD: &[Held] = &[
    (
        1,
        "redirect URIs byte for byte, before any page; never a redirect where one is wrong",
        &[
            "authorize/addresses::an_address_that_is_not_registered_leads_nowhere",
            "authorize/addresses::the_same_holds_for_every_way_to_an_answer",
            "authorize/addresses::a_native_client_may_have_any_port_on_loopback_and_others_may_not",
            "authorize/addresses::an_address_that_was_taken_away_meanwhile_leads_nowhere",
            "src/model/redirect_uri/tests::nothing_but_the_port_may_differ_on_loopback",
        ],
    ),
    (
        2,
        "PKCE by S256: a challenge needs its verifier, and no other code takes one",
        &[
            "authorize/asked::a_public_client_must_send_a_challenge",
            "authorize/asked::a_confidential_client_may_be_let_off",
            "authorize/asked::each_fault_has_its_registered_error",
            "authorization_codes::a_code_without_a_challenge_needs_no_verifier",
            "src/model/pkce::each_of_the_four_cases_has_its_own_answer",
        ],
    ),
    (
        3,
        "codes of a minute, used once, bound; a second use ends all, also in a race",
        &[
            "authorization_codes/refusals::a_code_is_good_until_its_last_second",
            "authorization_codes/refusals::whatever_is_wrong_with_a_code_is_answered_alike",
            "authorization_codes/twice::a_second_use_ends_all_that_came_of_the_first",
            "races/codes::one_of_many_redeems_a_code_and_what_it_brings_is_dead",
            "races/codes::no_token_of_a_code_outlives_the_end_of_its_session",
        ],
    ),
    (
        4,
        "refresh tokens rotate, end, and tell of theft; refresh and revocation take turns",
        &[
            "refresh_tokens::a_refresh_token_brings_a_new_pair_and_is_good_once",
            "refresh_tokens/ends::a_family_ends_however_often_it_was_refreshed",
            "refresh_tokens/reuse::one_that_comes_later_ends_its_family",
            "refresh_tokens/refusals::a_revoked_token_ends_its_whole_family",
            "races/refresh::nothing_of_a_family_outlives_the_answer_that_ended_it",
        ],
    ),
    (
        5,
        "one proof by the registered method; unknown and wrong alike; guessing slowed down",
        &[
            "client_authentication::the_registered_method_works_and_no_other",
            "client_authentication::two_methods_at_once_are_refused",
            "client_authentication::unknown_and_wrong_are_indistinguishable",
            "client_authentication::secrets_in_the_url_are_refused",
            "client_authentication::guessing_a_chosen_secret_is_slowed_down",
        ],
    ),
    (
        6,
        "assertions: the issuer alone as audience, an end, an id that counts once, no other kind",
        &[
            "client_assertions::only_the_issuer_is_its_audience_unless_the_client_says_so",
            "client_assertions::a_claim_that_is_missing_or_wrong_is_refused",
            "client_assertions::an_assertion_counts_once",
            "client_assertions::another_key_or_algorithm_is_refused",
        ],
    ),
    (
        7,
        "nothing twice, forms alone, unknown ignored, empty as if absent",
        &[
            "bad_input::repeated_parameters_are_refused",
            "bad_input::bodies_of_other_types_are_refused",
            "bad_input::other_methods_are_refused_with_the_one_that_is_taken",
            "token_endpoint::unknown_parameters_are_ignored_and_empty_ones_absent",
            "authorize/addresses::parameters_that_cannot_be_read_lead_nowhere",
            "authorize/asked::hints_and_unknown_parameters_are_no_errors",
        ],
    ),
    (
        8,
        "one decision about scope, and it is named where it differs",
        &[
            "token_endpoint::scope_is_named_whenever_it_differs_from_what_was_asked",
            "token_endpoint::a_public_client_never_acts_for_itself",
            "authorize/asked::each_fault_has_its_registered_error",
            "refresh_tokens/scope::what_a_client_lost_it_does_not_get_back_by_refreshing",
            "best_practice/answers::a_client_that_may_more_meanwhile_gets_what_was_allowed",
            "best_practice/answers::a_client_that_may_less_meanwhile_gets_no_more",
        ],
    ),
    (
        9,
        "introspection for those concerned; to all others everything is inactive",
        &[
            "introspection::whatever_is_no_token_is_inactive_and_nothing_more",
            "introspection::a_client_sees_only_its_own_tokens",
            "introspection::a_public_client_may_not_introspect",
        ],
    ),
    (
        10,
        "revocation: alike for unknown and foreign, of one's own alone, seen at the next look",
        &[
            "revocation::unknown_foreign_and_repeated_are_all_200",
            "revocation::a_revoked_token_is_inactive_at_the_next_look",
            "revocation::two_servers_on_one_database_agree",
        ],
    ),
    (
        11,
        "a token in the wrong place is unknown there",
        &[
            "authorization_codes::every_code_has_an_entry_and_is_unknown_wherever_it_does_not_belong",
            "id_tokens::every_id_token_has_an_entry_and_opens_nothing",
            "refresh_tokens/formats::neither_is_taken_for_the_other_sort",
            "new_passwords::what_is_no_link_sets_no_password",
            "new_passwords::no_api_makes_or_uses_links",
        ],
    ),
    (
        12,
        "256 random bits, kept as a hash, found whole or not at all",
        &[
            "reference_tokens::by_default_a_token_has_43_characters",
            "reference_tokens::the_store_keeps_neither_token_nor_payload_in_the_clear",
            "authorization_codes/refusals::whatever_is_wrong_with_a_code_is_answered_alike",
            "src/pages/cookies::only_one_value_of_our_making_is_read",
        ],
    ),
    (
        14,
        "the issuer in every answer; no word of a Host header counts",
        &[
            "authorize/modes::an_error_goes_the_same_way",
            "src/pages/authorize/answer::a_code_comes_with_the_issuer_and_no_state_that_was_not_sent",
            "discovery::the_host_header_decides_nothing",
            "lessons/forms::the_host_header_leads_nobody_anywhere",
        ],
    ),
    (
        16,
        "addresses of clients: a list of schemes, no userinfo, no fragment; names without disguise",
        &[
            "src/model/registered_uri::https_is_for_everybody_and_http_for_this_machine",
            "src/model/registered_uri::what_could_mean_something_else_is_refused",
            "src/acts/checks::disguised_names_are_refused",
        ],
    ),
    (
        17,
        "so many uses and not one more, whoever asks at once",
        &[
            "races/uses::of_many_uses_as_many_count_as_there_are",
            "new_passwords::of_two_who_use_a_link_at_once_one_sets_the_password",
            "setup::of_two_with_one_code_at_once_one_becomes_administrator",
        ],
    ),
    (
        18,
        "forms by POST, bound to browser, session and step; what was proven stands on the server",
        &[
            "best_practice/forms::a_form_of_one_browser_is_worth_nothing_in_another",
            "best_practice/forms::a_form_of_one_step_is_worth_nothing_at_another",
            "lessons/forms::a_form_that_holds_nothing_brings_nobody_on",
            "sign_in/requests::an_old_or_foreign_form_is_answered_with_a_fresh_one",
            "authorize/consent/forms::an_old_or_foreign_form_decides_nothing",
            "authorize/consent/forms::a_decision_is_that_of_whoever_made_it",
            "authorize/tabs::a_request_of_another_browser_is_none",
            "logout::an_old_or_foreign_form_signs_nobody_out",
            "account/security::an_old_or_foreign_form_changes_nothing",
            "account/sessions::an_old_form_ends_nothing",
            "account/apps::an_old_form_removes_nothing",
            "account/tokens::an_old_form_makes_nothing_and_keeps_what_was_typed",
            "account/theme::an_old_form_colours_nothing",
            "setup::an_old_form_is_answered_with_a_fresh_one",
            "src/pages/visit::a_form_from_another_origin_is_none_of_ours",
        ],
    ),
    (
        19,
        "a new session at each sign-in, ended on the server; a bare GET does nothing",
        &[
            "best_practice/forms::a_session_that_was_planted_is_nobodys",
            "sign_in/sessions::a_session_has_a_new_secret_after_each_sign_in",
            "sign_in/sessions::another_person_in_the_same_browser_ends_the_session_before",
            "sign_in/sessions::signing_out_ends_the_session_on_the_server",
            "logout::a_bare_get_signs_nobody_out",
            "authorize/consent/forms::a_bare_get_decides_nothing",
            "new_passwords::looking_at_a_link_spends_nothing",
            "sign_in/sessions::a_disabled_person_is_signed_out_at_once",
        ],
    ),
    (
        20,
        "cookies and headers",
        &[
            "best_practice/answers::every_answer_to_a_browser_carries_its_headers",
            "lessons/forms::a_cookie_holds_random_bits_and_nothing_else",
            "src/pages/cookies::a_cookie_is_opaque_and_kept_from_scripts_other_sites_and_other_hosts",
            "pages::pages_carry_their_headers",
            "bad_input::every_answer_is_hardened",
        ],
    ),
    (
        21,
        "303 after a post, text escaped, nothing inline, no script needed",
        &[
            "sign_in::a_person_signs_in_by_name_and_password",
            "lessons/input::what_anybody_is_called_never_becomes_markup",
            "authorize/modes::a_form_leads_to_the_client_alone_and_needs_no_script",
        ],
    ),
    (
        22,
        "passwords as typed, slow, bounded; whoever is not there costs the same; fair throttling",
        &[
            "sign_in::every_refusal_looks_alike_and_keeps_the_name",
            "sign_in::guessing_is_slowed_down_for_whoever_guesses_alone",
            "sign_in::a_name_is_the_same_however_it_is_typed",
            "account/security::an_unfit_password_is_refused_where_it_stands",
            "src/hashing/password::a_decoy_costs_what_a_password_of_ours_costs_and_is_never_right",
            "src/hashing/tests::a_full_queue_says_so_instead_of_growing",
            "lessons/throttle::no_header_and_no_other_address_of_a_network_brings_more_guesses",
        ],
    ),
    (
        23,
        "another password by whoever knows the current one; people see and end what they have",
        &[
            "account/security::a_password_is_changed_by_whoever_knows_it",
            "account/security::another_password_signs_out_all_other_browsers",
            "account/sessions::another_browser_is_signed_out",
            "account/apps::a_removed_app_is_cut_off_at_once",
            "account/tokens::a_token_is_removed_by_whoever_made_it",
            "lessons/races::a_code_that_is_made_while_its_consent_is_taken_back_brings_nothing",
        ],
    ),
    (
        24,
        "whoever was disabled, deleted or changed is so at every issue and look",
        &[
            "lessons/accounts::whoever_is_locked_out_or_disabled_is_refused_on_every_way",
            "lessons/accounts::nothing_outlives_an_account",
            "authorization_codes/refusals::what_ends_around_a_code_ends_it",
            "refresh_tokens/refusals::all_that_a_family_hangs_on_is_looked_at_again",
            "introspection::a_disabled_client_takes_its_tokens_along",
        ],
    ),
    (
        25,
        "what operators do is in the audit log; private keys are read by nobody",
        &[
            "logs/table::every_act_of_an_operator_is_documented",
            "declared/applying::every_deed_is_in_the_audit_log",
            "authorization_coverage::nobody_gets_in_without_the_proof_that_the_table_asks_for",
            "jwt_access_tokens::public_keys_are_complete_and_private_ones_absent",
        ],
    ),
    (
        29,
        "what nobody proved is bounded and leaves",
        &[
            "best_practice/answers::what_a_request_keeps_is_small_and_leaves",
            "best_practice/answers::a_request_that_fails_keeps_nothing",
            "authorize/tabs::a_request_is_over_after_an_hour_and_swept",
        ],
    ),
    (
        30,
        "no input brings about a failure of ours",
        &[
            "lessons/input::no_odd_value_brings_about_a_failure_of_ours",
            "bad_input::hostile_values_bring_about_no_failure_of_ours",
        ],
    ),
];

const NOT_YET: &[NotYet] = &[
    (13, "there is no DPoP"),
    (15, "there is no device grant"),
    (16, "there is no registration by clients: operators do it, by the same rules"),
    (25, "there are no pages of administration"),
];

#[test]
fn every_demand_is_held_or_says_why_not() {
    assert_held(1..=25, HELD, NOT_YET);
    assert_held(29..=30, HELD, NOT_YET);
}
