# The words of pages, in English. A key is a room and a thing; `{$name}` is put in by the program,
# and `<b>`, `<code>` may stand where a page shows the key as HTML.

## What every page has

# Which way the language is written: ltr or rtl.
direction = ltr
product = Tessera
skip = Skip to content
try-again = Try again
start-page = Start page
go-to-start-page = Go to the start page
show-password = Show password

theme = Appearance
theme-system = System
theme-light = Light
theme-dark = Dark

## Times. All are in UTC.

date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
date-time = { $hour }:{ $minute }
date-brief = { $day } { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
date-brief-minute = { date-brief }, { $hour }:{ $minute }
date-brief-year = { date-brief } { $year }
date-log = { date-brief } { $year }, { $hour }:{ $minute }:{ $second }
date-minute = { date }, { $hour }:{ $minute } UTC
date-second = { date }, { $hour }:{ $minute }:{ $second } UTC
in-minutes = in { $minutes } min
in-hours = in { $hours } h{ $minutes ->
    [0] { "" }
   *[other] { " " }{ $minutes } min
}
in-days = in { $days } d{ $hours ->
    [0] { "" }
   *[other] { " " }{ $hours } h
}
just-now = just now
minutes-ago = { $minutes } min ago
hours-ago = { $hours } h{ $minutes ->
    [0] { "" }
   *[other] { " " }{ $minutes } min
} ago
days-ago = { $days } d{ $hours ->
    [0] { "" }
   *[other] { " " }{ $hours } h
} ago

## The landing page

home = Authorization server
home-text = Apps get their access tokens from this server, and services ask it whether a token is still good. If you came here by chance, there is nothing you need to do.
home-issuer = Issuer
home-openid = OpenID
home-openid-link = OpenID Connect metadata
home-oauth = OAuth
home-oauth-link = OAuth 2 metadata
home-keys = Keys
home-keys-link = Public keys that tokens are signed with

## Errors

error-forbidden = You may not do this
error-forbidden-text = Your account is signed in, but it has not got the role that this takes. Whoever runs this server can give it.
error-not-found = There’s nothing here
error-not-found-text = The address may be mistyped, or what stood here is gone. Nothing was changed.
error-method = This address doesn’t work that way
error-method-text = Something was sent here that this address doesn’t take, so we stopped. Nothing was changed.
error-timeout = That took too long
error-timeout-text = What was sent didn’t arrive in time, so we stopped waiting. Nothing was changed.
error-too-long = That’s more than we can take
error-too-long-text = What was sent is longer than this server reads, so we stopped. Nothing was changed.
error-server = Something went wrong on our side
error-server-text = The fault is ours, not yours, and we have written down what happened. Nothing was shared with any app.
error-unavailable = We can’t answer right now
error-unavailable-text = The server is too busy, or can’t reach its data. Nothing was lost. Try again in a minute.
error-request = We can’t do what was asked
error-request-text = The app or link that brought you here asked for something this server doesn’t take, so we stopped. Nothing was changed, and nothing was shared.
error-details = Details for developers
error-problem = Problem
error-status = Status
error-reference = Reference <code>{ $id }</code> · <time datetime="{ $machine }">{ $time }</time>. Give this to support; it leads them to the exact request.

## Signing in

login-title = Sign in
login-to = to continue to <b>{$client}</b>
login-name = Username
login-password = Password
login-remember = Keep me signed in
login-submit = Sign in
login-wrong = That name and password don’t go together. Check both and try again.
login-throttled = Too many wrong tries came from here. Wait a minute, then try again.
login-busy = The server is busy right now. Try again in a moment.
login-stale = This page had been open for too long, or in another window. Sign in here.
login-lost = What the app asked for has run out. Sign in, then start again from the app.
login-forgot = Forgot password?
login-password-set = Your password is set. Sign in with it.

## A new password

password-title = Choose a password
password-lede = Whoever is signed in with the old one is signed out.
password-invited = Somebody made an account for you here. Choose a password for it.
password-new = New password
password-submit = Set password
dead-link-title = This link doesn’t work any more
dead-link-text = It was used, it is too old, or part of it is missing. Nothing was changed.
dead-link-another = Ask for another
forgot-title = Forgot your password?
forgot-lede = We send a link to the email address of your account. With it you choose a new one.
forgot-submit = Send the link
forgot-sent-title = Look into your mail
forgot-sent = If there is an account of that name with an email address, a link is on its way. It works once, for a while.

## Letters. They are plain text.

letter-reset-subject = A new password at {$host}
letter-reset =
    Somebody, probably you, asked for a new password at {$issuer}.

    Choose it here:

    {$address}

    The link works once, and only for a while. If it wasn’t you, do nothing: your password stays as it is.
letter-invitation-subject = Your account at {$host}
letter-invitation =
    Somebody made an account for you at {$issuer}.

    Choose a password for it here:

    {$address}

    The link works once, and only for a while. If you don’t know what this is about, do nothing.

## The first setup

setup-title = Set up this server
setup-lede = Make the first administrator. It takes a minute.
setup-code-title = It’s really you
setup-code-text = The server printed a code when it started. <code>tessera setup-code</code> makes another.
setup-code = One-time code
setup-first = First administrator
setup-first-text = You can add others, so nobody has to share this one.
setup-name = Name
setup-email = Email
setup-email-hint = It is also the username to sign in with.
setup-no-mail = No mail server is set. Links to new passwords are printed by the command line.
setup-submit = Create administrator
setup-wrong-code = That code isn’t good, or not any more. tessera setup-code makes another.
setup-wrong-name = Write a name of 1 to 100 characters.
setup-wrong-email = Write an email address that no account here has yet.

## Apps that ask for an account

consent-title = Allow { $client } to use your account?
consent-host = <b>{ $host }</b>, added on { $day }
consent-able = { $client } will be able to
consent-not-you = Not you?
consent-always = Always
consent-no-description = No description
consent-nothing = Know that you signed in here
consent-claims = See these facts about you
consent-deny = Don’t allow
consent-allow = Allow
consent-next = Either way you go to <code>{ $address }</code>. { $client } never sees your password. Change your mind any time under Connected apps.
consent-client-page = About this app
consent-policy = Privacy policy
consent-terms = Terms of use
scope-openid = Know who you are
scope-profile = See your name and profile
scope-email = See your email address
scope-address = See your postal address
scope-phone = See your phone number
scope-offline-access = Stay connected when you’re away

form-post-title = Back to the app
form-post-text = You go back to the app that you came from. If nothing happens, press the button.
form-post-continue = Continue

authorization-error = Authorization error
authorization-error-address = The app asked us to send you to an address that isn’t on its list, so we stopped. Nothing was shared.
authorization-error-request = The app that sent you here asked in a way we can’t answer, so we stopped. Nothing was shared.
authorization-error-over = This request is over, or it began in another browser. Go back to the app and start again. Nothing was shared.
authorization-error-cookie = Your browser sent no cookie, so we can’t tell it from others. Allow cookies for this site, go back to the app and start again.
error-client = Client

## Signing out

logout-title = Sign out?
logout-text = An app or a link asks to end your session in this browser.
logout-for = { $client } asks to end your session in this browser.
logout-stay = Stay signed in
logout-confirm = Sign out
signed-out = Signed out
signed-out-text = Your session in this browser has ended. Apps that you used may stay open until you close them.
signed-out-again = Sign in again

## The account

account-console = Admin console
account-menu = Your account: { $name }
account-pages = Account
account-sign-out = Sign out
form-stale = This page had been open for too long, or in another window, so nothing was done. Try again here.
remove = Remove
copy = Copy
copied = Copied
copy-blocked = Copying is blocked here. Select the text instead.
browser-on = { $browser } on { $system }
browser-of = A browser on { $system }
browser-unknown = Unknown browser

## The account: security

security = Security
security-text = How you sign in, and where you did lately.
password = Password
password-none = You have no password. Whoever runs this server can send you a link to set one.
password-undated = You have a password.
password-changed-at = Last changed on { $day }.
password-change = Change password
password-current = Current password
password-hint = At least 8 characters. A few words that don’t belong together are better than one with digits in it.
password-effect = All other browsers are signed out. This one stays.
password-renew = Change password
password-done = Your password is changed, and all other browsers are signed out.
password-wrong = That isn’t your current password.
password-unfit = A password has at least 8 characters, and at most 1024 bytes.
password-same = That is the password that you have.
password-throttled = Too many wrong tries came from here. Wait a minute, then try again.
password-busy = The server is busy right now. Try again in a moment.
password-overtaken = Your account was changed in another window meanwhile, so nothing was done here. Try again.
sign-ins = Recent sign-ins
sign-ins-sessions = Where you’re signed in
sign-ins-one = Password given in <b>{ $browser }</b>

## The account: sessions

sessions = Sessions
sessions-text = Browsers in which you’re signed in.
sessions-this = This browser
sessions-signed-in = Signed in
sessions-seen = Last used
sessions-end = Sign out
sessions-end-one = Sign out { $browser }
sessions-end-others = Sign out everywhere else
sessions-more = { $count ->
    [one] At least 1 more isn’t listed.
   *[other] At least { $count } more aren’t listed.
}
sessions-ended = That browser is signed out.
sessions-others-ended = All other browsers are signed out.
sessions-hint = Signing out here ends the session, and with it the tokens that it gave to apps, but for those that you let stay connected when you’re away.

## The account: apps, and one’s own tokens

apps = Connected apps
apps-text = Apps you let use your account. Removing one cuts it off at once.
apps-none = No app uses your account. When you allow one to, it stands here.
apps-remove-one = Remove { $name }
apps-removed = The app is removed. It can’t use your account any more.
apps-allowed = Allowed on { $day }
apps-not-asked = Set by whoever runs this server
apps-connections = { $count ->
    [one] connected since
   *[other] { $count } connections, the last since
}
tokens = Personal access tokens
tokens-text = For your own programs, in place of your password.
tokens-more = You have more than are shown. Your programs can list them all.
tokens-removed = The token is removed. It works no more.
token-new = Make a token
token-make = Make the token
token-name = What it is for
token-name-hint = So that you know later which one this is.
token-name-wrong = Give it a name of at most 100 characters, without control characters.
token-life = How long it works
token-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
token-scope = What it may do
token-scope-wrong = Choose at least one thing, of those that you may do yourself.
token-too-many = You have as many tokens as you may have. Remove one first.
token-too-soon = You made one a moment ago. Wait a little, then try again.
token-refused = Whoever runs this server doesn’t allow such tokens.
token-made = Your new token: { $name }
token-once = Copy it now. It is shown this once, and can’t be had again.
token-copy = Copy the token
token-made-at = Made
token-ends = Works until
token-used = Last used
token-unused = Not used yet, as far as that is noted
status-active = Active
status-expiring = Expiring
status-expired = Expired
status-used-up = Used up
status-paused = Paused
status-not-yet = Not yet
status-cut-off = Cut off
status-revoked = Revoked

## What operators' pages have around them

admin-product = Tessera admin
admin-pages = Admin
admin-menu = Menu
admin-path = Where you are
admin-utc = All times are in UTC
admin-account = Your account
admin-command = The same from the command line
admin-do = Do
admin-views = Saved filters
admin-pager = Pages
admin-newest = Newest
admin-older = Older
admin-operations = Operations
admin-find = Find
admin-clear = Clear
admin-identity = Identity
admin-save = Save
admin-saved = Saved.
admin-not-saved = Nothing was saved yet: something below is not as it must be.
admin-added = Added
admin-changed = Changed
admin-list-first = From the start
admin-list-next = Show more
admin-secret-once = <b>This is the only time it is shown.</b> What we keep of it can’t be turned back into it.
admin-secret-copy = Copy the secret
admin-both = Somebody else changed this
admin-both-text = While you looked at it, somebody else saved another version. Nothing of yours was saved yet. Choose for each field what stays.
admin-both-field = Field
admin-both-mine = What you typed
admin-both-theirs = What stands there now
admin-both-save = Save what was chosen
admin-read-only = <b>You can look, not change.</b> Changing something here takes the role <code>{ $role }</code>.

## Proof of who somebody is, before something dangerous

proof-password = Your password, once more
proof-hint = This can’t be undone by a click, so it takes a proof from the last five minutes.
proof-missing = Type your password to go on. Nothing was done yet.
proof-wrong = That is not your password. Nothing was done yet.
proof-throttled = Too many wrong guesses. Try again in a few minutes; nothing was done yet.
proof-busy = The server is busy looking at passwords. Try again in a moment; nothing was done yet.

## Admin: tokens

admin-token-store = Token store
admin-tokens = Tokens
admin-tokens-text = Every token this server has made and not yet swept, however it was made.
admin-tokens-views = Saved filters
admin-tokens-all = All
admin-tokens-to-all = All tokens
admin-tokens-active = Active
admin-tokens-expiring = Expiring in 24 h
admin-tokens-unused = Not used for 30 d
admin-tokens-endless = Without expiry
admin-tokens-revoked = Revoked or cut off
admin-tokens-filter = Filter tokens
admin-tokens-hint = status:active client:report-mailer expires:<24h
admin-tokens-faulty = This filter can’t be read.
admin-tokens-none = No token matches
admin-tokens-never = Tokens that were never used are left out: they have no last use.
admin-tokens-never-add = Show them, too
admin-tokens-none-text = Ended ones are kept for { $kept }, then swept.
admin-tokens-scope = Scopes or purpose
admin-tokens-for = for: { $purpose }
admin-tokens-any-time = Any time
admin-tokens-within-hour = Within 1 h
admin-tokens-within-day = Within 24 h
admin-tokens-within-week = Within 7 d
admin-tokens-active-or-waiting = Active or waiting
admin-tokens-count = { $count ->
    [one] 1 token
   *[other] { $count } tokens
}
admin-tokens-more = over { $count } tokens
admin-tokens-about = about { $count } tokens
admin-tokens-about-millions = about { $millions } million tokens
admin-tokens-sooner = End sooner
admin-tokens-later = End later
admin-tokens-long = Few tokens match, and there are many to look through: these are not all.
admin-tokens-go-on = Go on looking
admin-tokens-view-name = Name of this filter
admin-tokens-save-view = Save filter
admin-tokens-delete-view = Delete the filter { $name }
admin-revoke-unticked = Nothing was ticked, so nothing was revoked. Tick rows, or all that match.
admin-tokens-saved = The filter is saved, for everybody who operates this server.
admin-tokens-deleted = The filter is deleted.
admin-tokens-view-unfit = Give it a name of 1 to 40 characters that can be seen. Nothing was saved.
admin-tokens-views-full = There are as many saved filters as fit. Delete one first. Nothing was saved.
admin-tokens-view-taken = There is a saved filter of this name. Choose another. Nothing was saved.
admin-filter = Filter
admin-pick-fields = Pick fields instead
admin-showing = Showing
admin-not = not
admin-remove-part = Remove { $key } { $value }
admin-selected = # selected
admin-select = Select { $key }
admin-select-all = Select all on this page
admin-all-that-match = All that match the filter
admin-status = Status
admin-entry = Entry
admin-holder = User, client
admin-life = Life
admin-expires = Expires
admin-uses = Uses left
admin-last-used = Last used
admin-nobody = nobody
admin-of-people = made by themselves
admin-never = never
admin-no-limit = no limit
admin-not-noted = not noted
admin-any = any
admin-copy = Copy
admin-copy-this = Copy this
admin-copied = Copied
admin-copy-blocked = The browser does not let this page copy
admin-revoke-ask = Revoke…
admin-revoked = { $count ->
    [one] Revoked 1 token.
   *[other] Revoked { $count } tokens.
}
admin-revoked-all = Revoked every token that was issued until then.
admin-revoked-already = Somebody else revoked them meanwhile.
admin-when = { $at }, { $distance }
length-days = { $count } d
length-hours = { $count } h
length-minutes = { $count } min
length-seconds = { $count } s

## Admin: revoking tokens

admin-revoke = Revoke
admin-revoke-do = { $count ->
    [one] Revoke 1 token
   *[other] Revoke { $count } tokens
}
admin-revoke-title = { $count ->
    [one] Revoke 1 token?
   *[other] Revoke { $count } tokens?
}
admin-revoke-title-more = Revoke over { $count } tokens?
admin-revoke-text = They stop working the moment you confirm, on every node. This can’t be undone; people whose sign-in goes along must sign in again.
admin-revoke-types = By type
admin-revoke-families = Families
admin-revoke-people = People
admin-revoke-clients = Clients
admin-revoke-how = How far
admin-revoke-families-all = Whole families
admin-revoke-families-hint = The tokens and everything that came of the same sign-in or grant. Recommended.
admin-revoke-one = Only these entries
admin-revoke-one-hint = Other tokens go on working. A refresh token takes its family along all the same.
admin-revoke-stopped = Not all of them are revoked yet: there are many. Go on with the rest.
admin-revoke-none = Nothing is left to revoke here: no token of these could still be used.
admin-and-others = { $count ->
    [one] { $named } and 1 other
   *[other] { $named } and { $count } others
}

## Admin: one token

admin-token-made = { $type }, made { $at }
admin-no-entry = No entry with this ID
admin-no-entry-text = It was never made, or it was swept: ended ones are kept for { $kept }. What was done to it may still stand in the audit log.
admin-entry-audit = Audit for this entry
admin-family-audit = Audit for its family
admin-verdict = Is it valid?
admin-callers-learn = Callers are told only <code>{"{"}"active": false{"}"}</code>, as RFC 7662 asks. The reason stays on this page.
admin-timeline = Timeline
admin-facts = Facts
admin-fact-type = Type
admin-fact-client = Client
admin-fact-user = User
admin-fact-subject = Subject
admin-fact-purposes = Purposes
admin-fact-identity = Identity
admin-fact-scope = Scope
admin-fact-audience = Audience
admin-fact-replaces = Replaces
admin-fact-replaced-by = Replaced by
admin-fact-format = Format
admin-fact-pin = First used from
admin-fact-kept = Stored as
admin-fact-kept-text = A hash only. The token itself can’t be shown again.
admin-family = Family
admin-family-text = One sign-in or grant starts a family. Each refresh puts the next token in the place of the one before.
admin-family-root = One authorization
admin-family-all = Show all
admin-family-more = earlier ones are left out
admin-family-earlier = { $count ->
    [one] 1 earlier generation
   *[other] { $count } earlier generations
}
admin-family-began = How it began
admin-family-gone-before = The refresh token before these was swept
admin-family-valid = valid
admin-family-ended = ended
admin-family-gone = gone
admin-story-issued = Issued
admin-story-starts = Starts
admin-story-last-used = Last used
admin-story-rotated = Rotated
admin-story-redeemed = Turned into tokens
admin-story-replaced = Replaced
admin-story-declined = Declined
admin-story-revoked = Revoked
admin-story-now = Now
admin-story-expires = Expires
admin-story-family-end = Ends, however often it is renewed
admin-story-swept = Swept

## Admin: token types

admin-types = Token types
admin-types-text = Each type carries rules. A token is valid only while every rule that it was made with says yes. Types that aren’t listed here can’t be made.
admin-types-new = New type
admin-types-rules = Rules
admin-types-ruleless = none
admin-types-access = What apps show to APIs
admin-types-refresh = Turned into new access tokens
admin-types-code = One step of signing in to an app
admin-types-device-code = Waits until a person confirms a device
admin-types-user-code = What a person types to confirm a device
admin-types-id = Tells an app who signed in
admin-types-registration = Changes the registration of a client
admin-types-personal = Made by people for their own programs
admin-types-invitation = Leads to the first password
admin-types-password-reset = Leads to a new password
admin-types-version = Version
admin-types-changed-at = Changed
admin-types-removed = Removed
admin-types-removed-text = taken away: its tokens are invalid until it returns
admin-types-store = Written here, or applied from a file
admin-types-file = In the settings file
admin-types-built-in = Part of the protocol
admin-types-file-why = It stands in the settings file, which alone changes it: edit the file and reload. So nothing here can drift from it.
admin-types-built-in-why = It is part of the protocol. Its rules can be set in the settings file, or by an applied file.
admin-types-not-here = This type can’t be changed here. Nothing was done.
admin-types-its-tokens = Its tokens
admin-types-number = Version { $version }
admin-types-basics = Basics
admin-types-name = Name
admin-types-name-hint = Apps use this name. Capitals don’t matter, and it stays as it is.
admin-types-description = What it’s for
admin-types-description-hint = One line, for people.
admin-types-purpose = Only for a purpose
admin-types-purpose-hint = Whoever makes one says what it is for, and whoever uses it has to name the same.
admin-types-identity = Only for the person it was made for
admin-types-identity-hint = Without this, tokens made without an identity are valid for everyone. Compared with exact capitals.
admin-types-spend = A use is
admin-types-spend-hint = What counts as a use, where uses are counted.
admin-types-spend-use = a successful use by name
admin-types-spend-introspection = an introspection, too
admin-types-views = How it is written
admin-types-as-fields = Fields
admin-types-as-text = TOML
admin-types-says = What it says
admin-types-says-text = All must agree, whatever their order. A refusal never uses anything up.
admin-types-toml = Type and rules, in TOML
admin-types-no-rules = No rules.
admin-types-add-which = Rule to add
admin-types-add = Add rule
admin-types-remove-rule = Remove rule { $rule }
admin-types-when = When you save
admin-types-keep-next = Makes version { $version }, for new tokens. Those that there are keep the rules that they were made with.
admin-types-keep-first = Apps can make tokens of this type from then on.
admin-types-preview = Check and preview
admin-types-save = Save
admin-types-save-next = Save version { $version }
admin-types-saved = Saved. Tokens that are made from now on have these rules.
admin-types-faulty = This can’t be saved as it is.
admin-types-changed = Somebody else changed this type meanwhile. Save again to have yours, or open the page anew for theirs.
admin-types-both = Both versions, field by field
admin-types-field = Field
admin-types-theirs = Now there
admin-types-yours = Yours
admin-types-sample = A token with these rules, made now
admin-types-no-sample = Something is still missing or wrong: “Check and preview” says what.
admin-types-delete-ask = Take away…
admin-types-delete-title = Take { $name } away?
admin-types-delete-text = No more tokens of it can be made, and those that there are stop working until a type of this name is there again.
admin-types-reset-text = Its rules go; what belongs to the protocol stays. Tokens that there are keep the rules that they were made with.
admin-types-delete = Take it away
admin-types-deleted = The type is taken away.
admin-types-changed-look = Somebody else changed this type meanwhile. Nothing was done; look again.
admin-types-active = { $count ->
    [one] one works now, as last counted
   *[other] { $count } work now, as last counted
}
admin-types-active-unknown = not counted yet
admin-types-as-config = As config
admin-types-as-config-text = In a file, the same from a terminal:
admin-rule-expiry = Expiry
admin-rule-expiry-text = Stops working after a time
admin-rule-use-count = Use count
admin-rule-use-count-text = Works a set number of times
admin-rule-use-count-hint = Introspecting or looking at it here isn’t a use.
admin-rule-rate = Rate
admin-rule-rate-text = Works so often in a window of time
admin-rule-idle = Idle
admin-rule-idle-text = Stops working when it rests too long
admin-rule-sliding = Sliding
admin-rule-sliding-text = Each use makes it live on; needs Expiry
admin-rule-not-before = Not before
admin-rule-not-before-text = Does not work before a time
admin-rule-max-active = At most active
admin-rule-max-active-text = So many of its type at once
admin-rule-cooldown = Cooldown
admin-rule-cooldown-text = A time between making two
admin-rule-cidr = Address range
admin-rule-cidr-text = Works from some networks only
admin-rule-pin-ip = Network of first use
admin-rule-pin-ip-text = Works from where it was first used
admin-rule-audience = Audience
admin-rule-audience-text = Works for some resource servers only
admin-rule-client = Client
admin-rule-client-text = Only some clients make and use it
admin-rule-schedule = Schedule
admin-rule-schedule-text = Works at some hours of some days
admin-rule-purpose-once = Once for each purpose
admin-rule-purpose-once-text = Works once for each of its purposes
admin-rule-subject-alive = Falls with its person
admin-rule-subject-alive-text = Ends when its person changes their password or is disabled
admin-rule-scope-ceiling = Scope ceiling
admin-rule-scope-ceiling-text = Made for no more than some scope
admin-rule-format = Format
admin-rule-format-text = What its string looks like
admin-rule-after = After
admin-rule-at-most = At most
admin-rule-window = In
admin-rule-rest = After a rest of
admin-rule-touch = Uses are noted every
admin-rule-touch-hint = Less than the rest.
admin-rule-extend = Each use adds
admin-rule-longest = At most in all
admin-rule-delay = So long after it was made
admin-rule-delay-hint = This, or a moment.
admin-rule-at = From this moment on
admin-rule-at-hint = Such as 2027-01-01T00:00:00Z.
admin-rule-per = Counted for each
admin-rule-on-limit = One more
admin-rule-interval = At least
admin-rule-networks = From these networks
admin-rule-networks-hint = One a line, such as 10.4.0.0/16. None means all.
admin-rule-networks-not = And not from these
admin-rule-lines-hint = One a line.
admin-rule-pin-by = Leading bits, IPv4
admin-rule-pin-by-hint = Written ip/8 to ip/32.
admin-rule-pin-ipv6 = Leading bits, IPv6
admin-rule-audiences = Resource servers
admin-rule-mode = Of these, whoever asks has
admin-rule-clients = Client IDs
admin-rule-days = Days
admin-rule-days-hint = None ticked means every day.
admin-rule-from = From
admin-rule-clock-hint = HH:MM.
admin-rule-to = Until
admin-rule-clock-end-hint = HH:MM; 24:00 is the end of the day.
admin-rule-zone = Time zone
admin-rule-zone-hint = Such as Europe/Berlin.
admin-rule-events = Ends when its person
admin-rule-scope = Scope
admin-rule-bytes = Random bytes
admin-rule-bytes-hint = 16, or 32 and more.
admin-rule-prefix = Begins with
admin-rule-prefix-hint = Up to 8 lower-case letters and a _, or nothing.
admin-rule-bounds = { $least } to { $most }.
admin-rule-usual = Left empty: { $value }.
admin-rule-unit = { $label }: unit
admin-rule-word-identity = person it is made for
admin-rule-word-client = client
admin-rule-word-reject = is refused
admin-rule-word-evict = ends the oldest
admin-rule-word-any = one of them
admin-rule-word-all = all of them
admin-rule-word-password = changes their password
admin-rule-word-disable = is disabled or deleted
admin-rule-word-mon = Monday
admin-rule-word-tue = Tuesday
admin-rule-word-wed = Wednesday
admin-rule-word-thu = Thursday
admin-rule-word-fri = Friday
admin-rule-word-sat = Saturday
admin-rule-word-sun = Sunday
admin-rule-word-yes = yes
admin-rule-word-no = no
admin-unit-milliseconds = milliseconds
admin-unit-seconds = seconds
admin-unit-minutes = minutes
admin-unit-hours = hours
admin-unit-days = days
admin-unit-weeks = weeks

## Admin: inspecting what was pasted

admin-inspect = Inspect a token
admin-inspect-text = Paste whatever an app sent you. You get the entry, the verdict and the reason.
admin-inspect-token = Token
admin-inspect-hint = Sent in the request body to this server only. Never logged, never kept, never in an address.
admin-inspect-as = As which client
admin-inspect-purpose = For which purpose
admin-inspect-identity = For whom
admin-inspect-look = Inspect
admin-inspect-nothing = Paste something first: a token, a JWT, a whole command, an entry ID or a name.
admin-inspect-client = No client can have that name. Leave it out, or write the ID of a client.
admin-inspect-no-client = There is no client of that ID. Leave it out, or write the ID of a client.
admin-inspect-unspent = Looking here used nothing up.
admin-inspect-unknown = Nothing found: this is no token of ours that is still kept, no entry, and no client or user has this name.
admin-inspect-no-entry = none: never made, deleted, or swept; ended ones are kept for { $kept }
admin-inspect-no-jwt = not signed by us for our issuer, or swept: kept for { $kept } once ended
admin-inspect-open = Open the entry
admin-inspect-jwt = What the JWT says
admin-inspect-caller = What the caller would see
admin-inspect-never = Callers never learn the reason.
admin-inspect-also = You can also paste
admin-inspect-also-jwt = A JWT: you see its header and claims, too
admin-inspect-also-curl = A whole curl command, or an Authorization line
admin-inspect-also-entry = An entry ID, such as tok_0694KQ6ZW8SVG
admin-inspect-also-name = The name of a client or user, exactly
admin-jump = Find a client, user or token entry
admin-jump-hint = Find a client, user, entry…
admin-check-shape = Looks like one of ours
admin-shape-reference = a reference
admin-shape-located = a reference that names its entry
admin-shape-jwt = a JWT
admin-shape-none = { $count ->
    [one] it has 1 character; ours have others
   *[other] it has { $count } characters; ours have others
}

## Admin: status and verdict

admin-status-revoked = Revoked
admin-status-replaced = Replaced
admin-status-declined = Declined
admin-status-used = Used
admin-status-cut-off = Cut off
admin-status-not-yet = Not yet
admin-status-expired = Expired
admin-status-used-up = Used up
admin-status-paused = Paused
admin-status-waiting = Waiting
admin-status-expiring = Expiring
admin-status-active = Active
admin-status-unknown = Unknown
admin-status-also = { $status }, and { $also }
admin-valid = Valid: { $status }
admin-not-valid = Not valid: { $status }
admin-wrong-type = wrong type
admin-wrong-purpose = wrong purpose
admin-wrong-identity = wrong identity
admin-wrong-client = wrong client
admin-wrong-audience = wrong audience
admin-wrong-address = wrong address
admin-purpose-used = purpose used
admin-check-entry = Entry exists
admin-check-type = Type is configured
admin-check-end = Not revoked, replaced or used
admin-check-client = Client
admin-check-user = User
admin-check-family = Family
admin-check-generation = Not ended with all others
admin-check-password = Password
admin-check-confirmation = Confirmed
admin-check-start = Start
admin-check-expiry = Expiry
admin-check-idle = Idle
admin-check-uses = Use count
admin-check-rules = Rules can be read
admin-check-rate = Rate
admin-check-asked-type = Type
admin-check-purpose = Purpose
admin-check-identity = Identity
admin-check-asking-client = Client that asks
admin-check-audience = Audience
admin-check-network = Network
admin-check-pin = Network of its first use
admin-check-schedule = Schedule
admin-check-once = Once for each purpose
admin-check-type-version = { $name } v{ $version }
admin-check-type-gone = { $name } is not configured any more
admin-check-its-user = its user
admin-check-password-same = as it was
admin-check-password-other = another since it was made
admin-check-confirmation-open = a person still has to
admin-check-rules-unknown = one of a later version, or broken
admin-check-idle-length = { $length } without a use
admin-check-rate-used = { $used } of { $max } in { $window } used
admin-check-pin-open = not yet: its first use decides
admin-made = made { $at }
admin-until = until { $at }
admin-last-use = last use { $at }
admin-uses-left = { $left } of { $max } left
admin-ended-revoked = revoked { $when }
admin-ended-replaced = replaced { $when }
admin-ended-declined = declined { $when }
admin-ended-used = used { $when }
admin-by = by { $by }
admin-by-because = by { $by }: { $reason }
admin-all-of-client = all tokens of its client
admin-all-of-user = all tokens of its user
admin-all-of-server = all tokens of this server
admin-all-ended = { $whose } were ended { $when }
admin-is-active = { $name } is active
admin-is-disabled = { $name } is disabled
admin-is-locked = { $name } is locked
admin-is-gone = { $name } is gone
admin-all-but = { $all } but { $but }
admin-only = only { $only }
admin-one-of = { $only }: { $asked } is
admin-none-of = { $only }: { $asked } is not
admin-none-given = { $only }: none was given
admin-hours = { $days } { $from } to { $to } { $tz }
admin-once-open = not yet used for { $asked }
admin-once-used = used for { $asked } before
admin-once-hangs = hangs on the purpose
admin-would-pass = would pass
admin-would-fail = would fail too: { $value }
admin-types-lives = Access tokens are good for { $length }, unless their client has a lifetime of its own (tokens.lifetimes.access). Rules here come on top.
admin-works-until = It works until { $at }.
admin-works-on = It works until somebody ends it.
admin-works-from = It works from { $at } on.
admin-works-at = It works { $hours }.
admin-works-once-enabled = It works again once the client { $client } is enabled.
admin-works-once-configured = It works again once { $type } is configured again.
admin-works-once-confirmed = It works once a person has confirmed it.
admin-later-version = A server of the version that made it can say more.
admin-allowed-uses = { $count ->
    [one] It allowed 1 use.
   *[other] It allowed { $count } uses.
}
admin-ask-for-new = Ask { $client } for a new one.
admin-has-to-ask = { $client } has to ask for a new one.
admin-good-not-for-this = The token is good, and not for this.

## Admin: settings

admin-settings = Settings
admin-settings-title = Settings in force
admin-settings-text = What this server is running with, and where each value came from. Change them in the file or the environment and reload; nothing here can drift from your config.
admin-settings-all = All
admin-settings-changed = Only changed
admin-settings-differ = Nodes differ.
admin-settings-differ-text = Not all nodes that share this database have these settings alike:
admin-settings-find = Find a setting
admin-settings-hint = issuer, lifetime, trusted…
admin-settings-none = No setting is called like that.
admin-settings-setting = Setting
admin-settings-value = Value
admin-settings-from = From
admin-settings-reloads = taken at a reload
admin-settings-empty = empty
admin-settings-default = default
admin-settings-implied = follows from { $by }
admin-settings-file = { $file }, line { $line }
admin-settings-variable = environment { $variable }
admin-settings-check = <code>tessera config check</code> tests a new file before you reload.

## The page before what cannot be undone

confirm-facts = Effect
confirm-reason = Reason
confirm-reason-hint = Goes in the audit log. Apps don’t see it.
confirm-type = Type <code>{ $wanted }</code> to go on
confirm-mistyped = What you typed is not what was asked for. Nothing was done yet.
confirm-cancel = Cancel

## Admin: clients

admin-clients = Clients
admin-clients-text = Apps and services that may ask for tokens.
admin-clients-tabs = Client
admin-clients-settings = Settings
admin-clients-credentials = Credentials
admin-clients-credentials-of = Credentials of { $name }
admin-clients-its-tokens = Tokens
admin-clients-its-audit = Audit
admin-clients-find = Find a client
admin-clients-find-hint = what its id or name begins with
admin-clients-none = No clients yet
admin-clients-none-text = A client is an app or a service that asks for tokens. Add one to give it an id and a secret.
admin-clients-not-found = No client’s id or name begins like that, as far as was looked.
admin-clients-none-unused = None of these clients has a secret that nobody used for 90 days, as far as was looked.
admin-clients-client = Client
admin-clients-kind = Kind
admin-clients-grants = May use
admin-clients-grants-code = Code
admin-clients-grants-refresh = Refresh
admin-clients-grants-machine = Client credentials
admin-clients-secrets = Secrets
admin-clients-secrets-live = { $count } live
admin-clients-secrets-age = { $count ->
    [0] made today
    [one] made 1 day ago
   *[other] made { $count } days ago
}
admin-clients-secrets-none = none
admin-clients-secrets-count = { $count ->
    [0] none
    [one] 1 secret
   *[other] { $count } secrets
}
admin-clients-used = Last used
admin-clients-used-never = not noted
admin-clients-used-from = { $at }, { $distance }, from { $from }
admin-clients-status = Status
admin-clients-disabled = Disabled
admin-clients-unused = Unused for 90 days
admin-clients-only-unused = Secret unused for 90 days
admin-clients-old-used = Old secret in use
admin-clients-machine = Machine
admin-clients-web = Web
admin-clients-browser = Single-page
admin-clients-native = Native
admin-clients-new = New client
admin-clients-new-text = What it is, and what it may ask for. All but the kind and the id can be changed later.
admin-clients-kind-hint = A machine acts for itself. A web app has a server that keeps its secret; a single-page or native app can keep none.
admin-clients-id = Client ID
admin-clients-id-hint = Its name on the wire: letters, digits, dots, underscores, tildes and dashes.
admin-clients-add = Add the client
admin-clients-added = { $name } is added
admin-clients-added-plain = It has no secret to show.
admin-clients-open = Open its page
admin-clients-new-secret = The new secret
admin-clients-identity = Identity
admin-clients-identity-text = What people see when they sign in.
admin-clients-name = Name
admin-clients-name-hint = For people, at most 100 characters.
admin-clients-home = Home page
admin-clients-policy = Privacy policy
admin-clients-terms = Terms of use
admin-clients-addresses = Addresses
admin-clients-addresses-text = Where people may be sent after they signed in or out. Compared exactly, character for character.
admin-clients-redirects = Redirect URIs, one a line
admin-clients-redirects-hint = With https. Plain http is taken only for this machine: 127.0.0.1 and [::1].
admin-clients-signed-out = After a sign-out, one a line
admin-clients-origins = Origins, one a line
admin-clients-origins-hint = Whose pages may read our answers (CORS), such as https://app.example.
admin-clients-how = How it gets tokens
admin-clients-how-text = What it may ask by, and how it proves who it is.
admin-clients-grant-code = People sign in through the browser
admin-clients-grant-refresh = It stays connected
admin-clients-grant-machine = It acts for itself
admin-clients-proof = Proves itself with
admin-clients-proof-usual = What its kind usually has
admin-clients-proof-basic = A secret in the Authorization header
admin-clients-proof-post = A secret in the form
admin-clients-proof-key = A signature by its own key
admin-clients-proof-none = Nothing: it can keep no secret
admin-clients-consent = Are people asked?
admin-clients-consent-once = Once, and again for more
admin-clients-consent-always = Each time
admin-clients-consent-never = Not at all, it is our own app
admin-clients-pkce = Code challenge
admin-clients-pkce-hint = Without one, a stolen code can be redeemed. Only for apps that can’t send it.
admin-clients-pkce-yes = Always needed
admin-clients-pkce-no = Not needed
admin-clients-scopes = Scopes
admin-clients-scopes-text = What it may ask for, and gets when it asks for nothing in particular.
admin-clients-scope = Scopes it may ask for
admin-clients-scope-hint = Separated by spaces or lines.
admin-clients-optional = Scopes that people may leave out
admin-clients-optional-hint = A part of those above.
admin-clients-tokens = Its tokens
admin-clients-tokens-text = Where they are not as the server has them for all.
admin-clients-as-server = As the server has it
admin-clients-reference = Reference
admin-clients-jwt = JWT
admin-clients-access-lifetime = Access tokens live for
admin-clients-access-lives = Access tokens
admin-clients-refresh-lives = Refresh tokens, unused
admin-clients-lives-own = { $length }, its own
admin-clients-lives-server = { $length }, as the server has it
admin-clients-lifetime-hint = Such as 15m, 8h or 30d. Empty: as the server has it.
admin-clients-access-format = Access tokens are
admin-clients-access-algorithm = JWTs are signed by
admin-clients-reuse = When it asks again
admin-clients-reuse-new = It gets another token
admin-clients-reuse-active = It gets the reference that it has
admin-clients-reuse-renew = It gets another reference in its place
admin-clients-refresh-lifetime = Refresh tokens live for
admin-clients-refresh-format = Refresh tokens are
admin-clients-rotate = Refresh tokens rotate
admin-clients-rotate-hint = Each use brings another one; a second use of the same ends all of them.
admin-clients-rotate-yes = Always
admin-clients-rotate-no = Never
admin-clients-people = What it is told of people
admin-clients-people-text = How it knows them, and for how long it may.
admin-clients-subjects = It knows people by
admin-clients-subjects-public = The same subject as all clients
admin-clients-subjects-pairwise = A subject that only its sector knows
admin-clients-sector = Sector
admin-clients-sector-hint = The host that such subjects are made for. Empty: that of its redirect URIs.
admin-clients-id-tokens = ID tokens are signed by
admin-clients-userinfo = Answers of /userinfo are signed by
admin-clients-userinfo-plain = Not signed, plain JSON
admin-clients-max-age = A sign-in may be as old as
admin-clients-max-age-hint = Such as 1h. Empty: any age, unless the request says.
admin-clients-outlives = When the browser session ends
admin-clients-outlives-offline = Only what has offline_access goes on
admin-clients-outlives-never = All its tokens end
admin-clients-outlives-always = All its tokens go on
admin-clients-connect = Connect
admin-clients-connect-text = What the app’s developer needs.
admin-clients-issuer = Issuer
admin-clients-discovery = Discovery
admin-clients-facts = Facts
admin-clients-danger = Turn off or delete
admin-clients-disable = Disable
admin-clients-disable-text = It gets no tokens, and those that it has do nothing, until it is enabled again.
admin-clients-enable = Enable
admin-clients-enable-text = It gets tokens again, and those that have not ended meanwhile work again.
admin-clients-done-disabled = Disabled. Neither the client nor its tokens do anything until it is enabled.
admin-clients-done-enabled = Enabled. The client and its tokens work again.
admin-clients-revoke = Revoke all its tokens
admin-clients-revoke-text = The client stays and can get new ones.
admin-clients-revoke-ask = Revoke…
admin-clients-delete = Delete
admin-clients-delete-text = For good, with its secrets and the use of all its tokens.
admin-clients-delete-ask = Delete…
admin-clients-delete-title = Delete { $name }?
admin-clients-delete-effect = The client and its secrets are gone, and its tokens do nothing any more, even if another client is given the same ID. It can’t be undone.
admin-clients-live-tokens = { $count ->
    [0] none works
    [one] 1 that works
   *[other] { $count } that work
}
admin-clients-more-tokens = more than { $count } that work
admin-clients-uncounted = too many to count in time
admin-clients-secret = Secret
admin-clients-secrets-text = Every live secret is accepted. Give the app a new one first, then retire the old one.
admin-clients-made = Made
admin-clients-until = Works until
admin-clients-endless = no end set
admin-clients-ended = Ended
admin-clients-old = Old
admin-clients-chosen = Typed by an operator. This is a name for it, no part of it.
admin-clients-look-again = I have it: show who uses which
admin-clients-late = Uses are noted within a minute or so.
admin-clients-old-warning = <b>An old secret is still in use.</b> Its row says when and from where. Retire it once that has stopped.
admin-clients-overlap = The old secret works for another
admin-clients-overlap-hint = So that nothing stops while you deploy the new one. You can end it earlier.
admin-clients-overlap-week = 7 days
admin-clients-overlap-day = day
admin-clients-overlap-month = 30 days
admin-clients-overlap-none = no moment: it ends now
admin-clients-rotate-secret = Rotate the secret
admin-clients-rotate-text = Makes a new secret beside the old one. It is shown once.
admin-clients-rotate-do = Make a new secret
admin-clients-rotated = There is another secret since you looked: somebody made it, or you sent this twice. Nothing was done.
admin-clients-retire = Retire the secret
admin-clients-retire-ask = Retire…
admin-clients-retire-one = Retire the secret { $hint }…
admin-clients-retire-title = Retire the secret { $hint } of { $name }?
admin-clients-retire-text = It opens nothing any more, at once. It can’t be undone; another can be made.
admin-clients-retire-used = It was used within the last week. Whatever still uses it stops working at once. It can’t be undone; another can be made.
admin-clients-done-retired = The secret is retired. It opens nothing any more.
admin-clients-keys = Public keys
admin-clients-keys-text = The client signs with the private ones, which we never see.
admin-clients-jwks = JWK set
admin-clients-jwks-hint = Put a new key beside the old one, deploy, then take the old one away: nothing stops meanwhile.
admin-clients-assertion = Its assertions are for
admin-clients-assertion-issuer = The issuer
admin-clients-assertion-endpoint = The issuer or the token endpoint, for older clients
admin-clients-proofless = This client proves nothing: it runs where no secret can be kept. So there is none to rotate.

## Admin: resource servers

admin-servers = Resource servers
admin-servers-text = The APIs that tokens are for.
admin-servers-new = New resource server
admin-servers-none = No resource servers yet
admin-servers-none-text = A resource server is an API that tokens are for. It says which scopes there are, and who may ask about its tokens.
admin-servers-audience = Audience
admin-servers-audience-hint = What stands in aud, such as its address. It can’t be changed later.
admin-servers-name = Name
admin-servers-scope = Scopes it knows
admin-servers-scope-hint = Separated by spaces or lines. Empty for any: then every client gets tokens for it that names it.
admin-servers-any = any
admin-servers-default = Default audience
admin-servers-default-hint = Whether tokens are for it when neither the request nor its scope says whom they are for.
admin-servers-no = No
admin-servers-yes = Yes
admin-servers-is-default = Default
admin-servers-askers = May introspect its tokens
admin-servers-askers-hint = Clients by their ids, separated by spaces or lines.
admin-servers-delete = Delete the resource server
admin-servers-delete-ask = Delete…
admin-servers-delete-title = Delete { $name }?
admin-servers-delete-effect = No new tokens are made for it, and no client may introspect them for it any more. Tokens that were meant for it stay as they are.
admin-servers-deleted = The resource server is deleted.

## Admin: users

admin-users = Users
admin-users-text = People and accounts of services, in every realm.
admin-users-tabs = User
admin-users-account = Account
admin-users-tokens = Tokens
admin-users-audit = Audit
admin-users-realm = Realm
admin-users-all-realms = All realms
admin-users-find = Find a user
admin-users-find-hint = what their user name begins with
admin-users-not-found = Nobody’s user name begins like that here, as far as was looked.
admin-users-user = User
admin-users-status = Status
admin-users-locked = Locked
admin-users-disabled = Disabled
admin-users-signed-in = Last signed in
admin-users-never = never
admin-users-password-set = Set
admin-users-password-none = None
admin-users-password-changed = Password changed
admin-users-ends = Account ends
admin-users-unnoted = none noted
admin-users-new = New user
admin-users-new-text = They are given no password here: the next page makes a link to their first.
admin-users-add = Add the user
admin-users-name = User name
admin-users-name-hint = What they sign in with. It is theirs for good, also after they are deleted.
admin-users-realm-hint = The namespace of the name: people sign in with names of the realm default.
admin-users-access = In applications
admin-users-access-text = What apps and APIs are told that this account may do.
admin-users-roles = Roles
admin-users-roles-hint = Separated by spaces. Apps get them in the claim roles.
admin-users-scope = Scopes
admin-users-scope-hint = Separated by spaces. They stand in the JWTs of this account.
admin-users-said = Claims and attributes
admin-users-said-text = JSON objects: what apps are told, and what else is known.
admin-users-claims = Claims
admin-users-claims-hint = Such as name and email. Each is told to apps whose scope covers it.
admin-users-attributes = Attributes
admin-users-attributes-hint = With exp, in seconds since 1970, the account ends then, and none of its tokens outlives that. With max_ttl, such as 8h, none lives longer.
admin-users-operator = Operates the server
admin-users-operator-text = Only somebody with the role admin gives or takes these. A link to a password that was made before stops working.
admin-users-operator-roles = Operator roles
admin-users-letters = Links to their password are sent to { $address }. Whoever changes users could have written that: make sure that it is theirs.
admin-users-auditor = Looks at everything
admin-users-token-admin = Ends tokens
admin-users-client-admin = Changes clients and resource servers
admin-users-user-admin = Changes users
admin-users-admin = Everything
admin-users-beyond = This account operates the server. Changing it takes the role <code>admin</code>.
admin-users-own = This is your own account. Have another administrator do that, or use the command line. Nothing was done.
admin-users-sessions = Signed in
admin-users-sessions-count = { $count ->
    [0] in no browser
    [one] in 1 browser
   *[other] in { $count } browsers
}
admin-users-no-sessions = Signed in nowhere.
admin-users-end-all = End all sessions
admin-users-no-consents = No app was allowed anything.
admin-users-asked = Allowed
admin-users-danger = Lock, disable or delete
admin-users-lock = Lock
admin-users-lock-for = Lock for
admin-users-lock-hint = Such as 2h or 30d. Nothing of theirs works meanwhile, nothing ends, and all works again afterwards.
admin-users-no-length = Write for how long: a number and a unit, such as 2h or 30d, 3650d at most. Nothing was done.
admin-users-locked-until = Locked until
admin-users-unlock = Unlock
admin-users-disable = Disable
admin-users-disable-hint = Ends all sessions and tokens for good. The account can be enabled again, what ended can’t.
admin-users-enable = Enable
admin-users-delete = Delete
admin-users-delete-ask = Delete…
admin-users-delete-title = Delete { $name }?
admin-users-delete-effect = They are signed out everywhere and all their tokens end. Only the name is kept, so that nobody else is given it. It can’t be undone.
admin-users-done-session = The session is ended, and with it the tokens that hung on it.
admin-users-done-sessions = All sessions are ended, and with them the tokens that hung on them.
admin-users-done-consent = The app is removed. It can’t use the account any more.
admin-users-done-locked = Locked. Nothing of theirs works until then.
admin-users-done-unlocked = Unlocked. All that did not end meanwhile works again.
admin-users-done-disabled = Disabled. They are signed out everywhere, and their tokens are dead.
admin-users-done-enabled = Enabled. They may sign in again.
admin-users-link = Link to a password
admin-users-link-ask = Link to a password…
admin-users-invite = Invite them to choose their first password
admin-users-reset = Let them choose another password
admin-users-link-text = A link that works once. Whoever holds it can take the account.
admin-users-way = What becomes of the link
admin-users-way-hint = It is sent where there is a mail server and the account has an address; else it is shown.
admin-users-way-send = Send it to their address
admin-users-way-show = Show it here, once
admin-users-link-make = Make the link
admin-users-link-made = The link
admin-users-link-sent = The link was sent to
admin-users-link-until = It works once, until
admin-users-open = Back to the account

## Admin: signing keys

admin-keys = Signing keys
admin-keys-text = They sign ID tokens and JWTs. A new key is published before it signs, and an old one stays readable until the last token it signed is gone.
admin-keys-jwks = JWKS
admin-keys-list = Keys
admin-keys-kid = Key ID
admin-keys-state = State
admin-keys-algorithm = Algorithm
admin-keys-since = Since
admin-keys-live = JWTs that work
admin-keys-live-count = about { $count }, counted { $ago }
admin-keys-live-unknown = not counted yet
admin-keys-live-stop = { $count ->
    [one] About one JWT that it signed works now, counted { $ago }. It is inactive at once; its client must get a new one.
   *[other] About { $count } JWTs that it signed work now, counted { $ago }. They are inactive at once; clients must get new ones.
}
admin-keys-live-go-on = { $count ->
    [one] About one JWT that it signed works now, counted { $ago }. It goes on until it expires.
   *[other] About { $count } JWTs that it signed work now, counted { $ago }. They go on until they expire.
}
admin-keys-next = Next
admin-keys-staged = Staged
admin-keys-active = Signing
admin-keys-retiring = Retiring
admin-keys-revoked = Withdrawn
admin-keys-unused = no client uses it
admin-keys-next-stage = successor published
admin-keys-next-activate = signs from
admin-keys-next-retire = signs until
admin-keys-next-drop = leaves JWKS
admin-keys-rotate-ask = Rotate…
admin-keys-rotate-one = Rotate the key for { $algorithm }…
admin-keys-rotate-title = Rotate the key for { $algorithm }?
admin-keys-rotate-text = The next key is published now and signs once every service had time to read it. Nothing that was signed before stops working.
admin-keys-rotate = Rotate
admin-keys-rotated = The next key is published, and signs in its time.
admin-keys-now = Signs now
admin-keys-then = Signs next
admin-keys-from = Next one signs from
admin-keys-withdraw = Withdraw…
admin-keys-withdraw-one = Withdraw { $kid }…
admin-keys-withdraw-title = Withdraw { $kid }?
admin-keys-withdraw-text = Do this if the key leaked. Nothing that it signed counts any more, here at once. It can’t be undone.
admin-keys-withdraw-button = Withdraw the key
admin-keys-withdrawn = The key is withdrawn. Nothing that it signed counts any more.
admin-keys-jwts = Tokens
admin-keys-jwts-text = Every access token and ID token that it signed is inactive at once; clients must get new ones. How many those are was not counted yet.
admin-keys-services = Services
admin-keys-services-text = Those that check JWTs by themselves take them until they read the JWKS again.
admin-keys-next-known = { $kid }, at once
admin-keys-next-new = a new key, at once; services refuse what it signs until they read the JWKS again
admin-keys-sealed = Private keys are kept in the database, sealed under the master key. They can’t be shown or exported.
admin-keys-leaked = If a key has leaked
admin-keys-leaked-text = Withdraw it. Every token it signed is refused at once, the next key starts signing, and services that keep the JWKS may refuse new tokens until they fetch it again.

## Admin: audit log

admin-audit = Audit log
admin-audit-text = Who did what, and what the server noticed. Events are chained, so a missing or changed one shows.
admin-audit-live = Live
admin-audit-pause = Pause
admin-audit-waiting = # new since you paused.
admin-audit-export = Export
admin-audit-all = Everything
admin-audit-changes = Changes
admin-audit-refused = Refused
admin-audit-security = Security
admin-audit-sign-ins = Sign-ins
admin-audit-filter = Filter the audit log
admin-audit-hint = action:client.* user:… client:… address:… request:… at:<1h
admin-audit-events = Events, newest first
admin-audit-none = No event matches.
admin-audit-kept = Sealed to #{ $sequence }. Kept for { $keep }. tessera audit verify checks the chain.
admin-audit-by = by
admin-audit-more = Details
admin-audit-reason = Reason
admin-audit-detail = Detail
admin-audit-request = Request
admin-audit-node = Node
admin-audit-sequence = Place in the chain

## Admin: overview

number = { $count }
admin-overview = Overview
overview-text = To { $time }. All nodes.
overview-range = Time range
overview-look = Have a look
overview-active = Active tokens
overview-of-entries = of { $entries } kept, { $ago }
overview-not-yet = not yet measured
overview-p99 = Introspection p99
overview-p99-target = target 5 ms
overview-p99-line = Dashed: the target of 5 ms.
overview-refused = Refused just now
overview-of-introspections = of { $count } introspections, last 5 min
overview-database = Database
overview-swept = swept { $ago }
overview-swept-rows = { $rows ->
    [one] swept { $ago }, one token removed
   *[other] swept { $ago }, { $rows } tokens removed
}
overview-never-swept = never swept
overview-sweep-due = { $swept }; { $rows } due within 24 h
overview-traffic = Token traffic
overview-as-table = As a table
overview-as-chart = As charts
overview-from = From
overview-introspected = Introspected
overview-issued = Issued
overview-revoked = Revoked
overview-inactive = Called inactive
overview-peak = most { $count }, from { $time }
overview-nothing = none
overview-by-type = Active by type
overview-explorer = Open explorer
overview-no-tokens = No token is active, or nobody counted yet.
overview-type = Type
overview-active-short = Active
overview-ending = Expire in 1 h
overview-latency = Introspection latency, p99
overview-nodes = Nodes
overview-node = Node
overview-state = State
overview-rate = Req/s
overview-p99-short = p99
overview-memory = Memory
overview-this = this one
overview-size = Database size
overview-zero = 0
node-healthy = Healthy
node-silent = Silent
node-ahead = Clock ahead
warning-chain = The audit log was changed behind the server’s back, as a check { $ago } found.
warning-refresh-reuse = A refresh token was used twice ({ $target }), { $ago }. Its family was ended.
warning-code-reuse = A code was redeemed twice ({ $target }), { $ago }. What came of it was ended.
warning-key = The key for { $algorithm } should have been followed by another, { $ago }.
warning-node = { $name } is silent; it was last heard of { $ago }.
warning-clock = The clock of { $name } is ahead by { $seconds } s.
warning-differ = Not all nodes have these settings alike: { $keys }.
warning-sweep = { $rows } rows wait to be swept, and nobody sweeps.
warning-secrets = { $count ->
    [one] The last secret of one client ends within 14 days.
   *[other] The last secrets of { $count } clients end within 14 days.
}
