import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseLanguage, fill, type Language, languages, loadMessages } from './language.ts'
import { en } from './messages/en.ts'

test("the kept language wins, then the browser's list, then English", () => {
  assert.equal(chooseLanguage('ja', ['de-AT', 'en']), 'ja')
  assert.equal(chooseLanguage(null, ['fr-FR', 'pt-BR', 'de']), 'pt')
  assert.equal(chooseLanguage('xx', ['fr']), 'en')
  assert.equal(chooseLanguage(null, []), 'en')
})

test('a place without a value stays visible', () => {
  assert.equal(fill(en, 'continueTo', { app: '{name}' }), 'Continue to {name}')
  assert.equal(fill(en, 'continueTo'), 'Continue to {app}')
})

test('every language has the same places in each message as English', async () => {
  const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()
  for (const language of Object.keys(languages) as Language[]) {
    const messages = await loadMessages(language)
    for (const [name, text] of Object.entries(en)) {
      const translated = messages[name as keyof typeof en]
      assert.deepEqual(places(translated), places(text), `${language}: ${name}`)
      assert.ok(translated.trim().length > 0, `${language}: ${name}`)
    }
  }
})
