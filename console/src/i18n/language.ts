import { en, type MessageName, type Messages } from './messages/en'

export const languages = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  pt: 'Português',
  ja: '日本語',
}

export type Language = keyof typeof languages

const isLanguage = (text: string): text is Language => text in languages

/** The first language of a browser's list that there is, else English. */
export function chooseLanguage(kept: string | null, wanted: readonly string[]): Language {
  const candidates = [kept ?? '', ...wanted].map(tag => tag.toLowerCase().split('-')[0] ?? '')
  return candidates.find(isLanguage) ?? 'en'
}

/** A language's messages, fetched when they are first shown; English is always there. */
export async function loadMessages(language: Language): Promise<Messages> {
  switch (language) {
    case 'de':
      return (await import('./messages/de')).de
    case 'es':
      return (await import('./messages/es')).es
    case 'pt':
      return (await import('./messages/pt')).pt
    case 'ja':
      return (await import('./messages/ja')).ja
    case 'en':
      return en
  }
}

export type Values = Record<string, string>

/** A message with its `{places}` filled in. */
export function fill(messages: Messages, name: MessageName, values: Values = {}): string {
  return messages[name].replace(/\{(\w+)\}/g, (place, key: string) => values[key] ?? place)
}
