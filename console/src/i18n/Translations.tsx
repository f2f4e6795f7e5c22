import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { chooseLanguage, fill, type Language, loadMessages, type Values } from './language'
import { en, type MessageName, type Messages } from './messages/en'

const KEY = 'trunnel-language'

type Translations = {
  t: (name: MessageName, values?: Values) => string
  language: Language
  setLanguage: (language: Language) => void
}

const Context = createContext<Translations | null>(null)

/** Shows its children as soon as the language's messages are there. */
export function TranslationProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() => chooseLanguage(kept(), navigator.languages))
  const [messages, setMessages] = useState<Messages>()
  useEffect(() => {
    let wanted = true
    const show = (loaded: Messages, shown: Language) => {
      if (!wanted) return
      setMessages(loaded)
      document.documentElement.lang = shown
    }
    // Where a language cannot be fetched, the page still has to say something.
    loadMessages(language).then(
      loaded => show(loaded, language),
      () => show(en, 'en'),
    )
    return () => {
      wanted = false
    }
  }, [language])
  const translations = useMemo(() => {
    if (!messages) return null
    const choose = (next: Language) => {
      keep(next)
      setLanguage(next)
    }
    return {
      t: (name: MessageName, values?: Values) => fill(messages, name, values),
      language,
      setLanguage: choose,
    }
  }, [messages, language])
  return translations && <Context value={translations}>{children}</Context>
}

export function useTranslations(): Translations {
  const translations = use(Context)
  if (!translations) throw new Error('outside of the translations')
  return translations
}

// In a frame of another site, storage may be denied.
function kept(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

function keep(language: Language) {
  try {
    localStorage.setItem(KEY, language)
  } catch {
    // It holds as long as this page.
  }
}
