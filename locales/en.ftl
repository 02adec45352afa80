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

## Apps that ask for an account

consent-title = Allow { $client } to use your account?
consent-able = { $client } will be able to
consent-not-you = Not you?
consent-always = Always
consent-no-description = No description
consent-nothing = Know that you signed in here
consent-claims = See these facts about you
consent-deny = Don’t allow
consent-allow = Allow
consent-next = Either way you go to <code>{ $address }</code>. { $client } never sees your password.
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
