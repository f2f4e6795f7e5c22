import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contrast, lookOf, parseColour, readableOn, type Settings } from './look.ts'

const settings: Settings = {
  theme: 'auto',
  palette: 'teal',
  navigation: 'top',
  collection: 'list',
  show_organization: true,
  show_linked_account: true,
  remove_branding: false,
  connection_log: true,
  redirect_url: null,
  terms_url: null,
  privacy_url: null,
  allowed_origins: [],
}

test('a colour is read in both lengths, with and without its sign; anything else is none', () => {
  assert.deepEqual(parseColour('#0a3'), [0, 170, 51])
  assert.deepEqual(parseColour(' 00AA33 '), [0, 170, 51])
  for (const bad of ['', 'red', '#12345', 'url(x)', '#00aa33;x', 7, null, undefined]) {
    assert.equal(parseColour(bad), null, String(bad))
  }
})

test('text on any colour can be read', () => {
  for (let red = 0; red < 256; red += 17) {
    for (let green = 0; green < 256; green += 17) {
      for (let blue = 0; blue < 256; blue += 17) {
        const text = parseColour(readableOn([red, green, blue]))
        assert.ok(text && contrast([red, green, blue], text) >= 4.2, `${red} ${green} ${blue}`)
      }
    }
  }
})

test("a link's colours win over the settings, and a dark background makes the text light", () => {
  const look = lookOf(settings, { color: '#ff0000', bgColor: '#000010' })
  assert.equal(look.variables['--accent'], 'rgb(255 0 0)')
  assert.equal(look.variables['--bg'], 'rgb(0 0 16)')
  assert.equal(look.theme, 'dark')
})

test('what is no colour changes nothing', () => {
  const look = lookOf(settings, { color: 'expression(1)', bgColor: '<b>' })
  assert.deepEqual(look, lookOf(settings, {}))
})
