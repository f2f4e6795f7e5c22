import { type MouseEvent, useEffect, useRef, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button, buttonClass, Spinner } from '@/ui/Button'
import { classes } from '@/ui/classes'
import { Notice } from '@/ui/Notice'
import style from './AppView.module.css'
import { type App, type Connected, calls, useCustomer } from './context'
import { forgetReturn, rememberReturn } from './session'

const WINDOW = 'trunnel-connect'
const POLL_MS = 2000
/** How long a closed window may have finished without telling: the provider's answer takes a moment. */
const GRACE_MS = 6000
const LIMIT_MS = 300_000

type Step = 'idle' | 'waiting' | 'blocked' | 'closed' | 'denied' | 'timed-out'
/** `attempt` counts the windows, because each is waited for anew. */
type State = { step: Step; url: string; attempt: number }
type Asked = { app: App; option: string; connection?: string; onConnected: () => Promise<void> }

export type OAuth = ReturnType<typeof useOAuth>

/** A consent in a second window: its opening, its end, and everything that can go wrong between. */
export function useOAuth({ app, option, connection, onConnected }: Asked) {
  const { token } = useCustomer()
  const [state, setState] = useState<State>({ step: 'idle', url: '', attempt: 0 })
  const popup = useRef<Window | null>(null)
  const before = useRef(new Set<string>())
  const finished = useRef(onConnected)
  finished.current = onConnected
  const { slug } = app
  // A provider may cut its window off, which then looks closed while the customer is still in it:
  // so what looks closed is watched on.
  const watching = state.step === 'waiting' || state.step === 'closed'

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt begins anew
  useEffect(() => {
    if (!watching) return
    const began = Date.now()
    let closedAt = 0
    let over = false
    let timer: ReturnType<typeof setTimeout>
    const end = (step: Step) => {
      over = true
      setState(current => ({ ...current, step }))
    }
    const succeed = async () => {
      over = true
      popup.current?.close()
      await finished.current()
      setState(current => ({ ...current, step: 'idle' }))
    }
    const look = async () => {
      const fresh = await calls.app(token, slug).catch(() => undefined)
      if (over) return
      const made = activeKeys(fresh?.connected_accounts ?? [], option, connection)
      if (made.some(key => !before.current.has(key))) return succeed()
      const now = Date.now()
      if (popup.current?.closed) closedAt ||= now
      if (now - began > LIMIT_MS) return end(closedAt ? 'closed' : 'timed-out')
      if (closedAt && now - closedAt > GRACE_MS) {
        setState(current => ({ ...current, step: 'closed' }))
      }
      timer = setTimeout(look, POLL_MS)
    }
    const told = (event: MessageEvent) => {
      if (over || event.origin !== location.origin || event.data?.type !== 'trunnel:oauth') return
      if (event.data.connected) void succeed()
      else end('denied')
    }
    timer = setTimeout(look, POLL_MS)
    window.addEventListener('message', told)
    return () => {
      over = true
      clearTimeout(timer)
      window.removeEventListener('message', told)
    }
  }, [watching, state.attempt, slug, option, connection, token])

  const wait = (opened: Window | null, step: Step, url: string) => {
    popup.current = opened
    opened?.focus()
    setState(({ attempt }) => ({ step, url, attempt: attempt + 1 }))
  }
  return {
    state,
    /** To be called while the click is handled. */
    openWindow: () => {
      forgetReturn()
      return window.open('', WINDOW, windowFeatures())
    },
    go: (opened: Window | null, url: string) => {
      before.current = new Set(activeKeys(app.connected_accounts, option, connection))
      if (!opened || opened.closed) return wait(null, 'blocked', url)
      opened.location.href = url
      wait(opened, 'waiting', url)
    },
    /** Opens the window once more, from a click on a button or on a link to the provider. */
    openAgain: (event: MouseEvent) => {
      const isLink = event.currentTarget instanceof HTMLAnchorElement
      const opened = window.open(state.url, WINDOW, windowFeatures())
      if (opened) event.preventDefault()
      // A link that is followed opens where no script may; how it ends is then only asked for.
      wait(opened, opened || isLink ? 'waiting' : 'blocked', state.url)
    },
    cancel: () => {
      popup.current?.close()
      setState(current => ({ ...current, step: 'idle' }))
    },
  }
}

/** What stands for each connection that works and was made in this way; renewing one changes it. */
const activeKeys = (accounts: Connected[], option: string, connection?: string): string[] =>
  accounts
    .filter(one => (connection ? one.connection_id === connection : one.auth_option === option))
    .filter(one => one.status === 'active')
    .map(one => `${one.connection_id} ${one.connectedAt}`)

function windowFeatures(): string {
  const [width, height] = [560, 720]
  const left = Math.max(0, Math.round(window.screenX + (window.outerWidth - width) / 2))
  const top = Math.max(0, Math.round(window.screenY + (window.outerHeight - height) / 2))
  return `popup,width=${width},height=${height},left=${left},top=${top}`
}

/** While the other window is open, or where none may be opened. */
export function OAuthWaiting({ app, oauth }: { app: App; oauth: OAuth }) {
  const { t } = useTranslations()
  const name = { app: app.name }
  if (oauth.state.step === 'blocked') return <Blocked app={app} oauth={oauth} />
  return (
    <div className={style.stack}>
      <div className={style.waiting} role="status">
        <Spinner />
        <div>
          <strong>{t('waiting', name)}</strong>
          <p className={style.since}>{t('waitingHint')}</p>
        </div>
      </div>
      <div className={style.buttons}>
        <Button onClick={oauth.openAgain}>{t('openAgain')}</Button>
        <Button kind="ghost" onClick={oauth.cancel}>
          {t('cancel')}
        </Button>
      </div>
    </div>
  )
}

function Blocked({ app, oauth }: { app: App; oauth: OAuth }) {
  const { t } = useTranslations()
  const { url } = oauth.state
  const framed = window.top !== window
  return (
    <div className={style.stack}>
      <div role="status">
        <Notice tone="warn" title={t('popupBlocked', { app: app.name })}>
          {t('popupBlockedHint')}
        </Notice>
      </div>
      <div className={style.buttons}>
        <a
          className={classes(buttonClass({ kind: 'primary' }), style.accent)}
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          onClick={oauth.openAgain}
        >
          {t('openWindow')}
        </a>
        {/* Providers do not let themselves be framed. */}
        {!framed && (
          <a className={buttonClass()} href={url} onClick={rememberReturn}>
            {t('openHere')}
          </a>
        )}
        <Button kind="ghost" onClick={oauth.cancel}>
          {t('cancel')}
        </Button>
      </div>
    </div>
  )
}

/** How the last window ended, if not well; the button below tries again. */
export function OAuthEnded({ app, oauth }: { app: App; oauth: OAuth }) {
  const { t } = useTranslations()
  const said = { closed: 'popupClosed', denied: 'consentDenied', 'timed-out': 'timedOut' } as const
  const { step } = oauth.state
  if (step !== 'closed' && step !== 'denied' && step !== 'timed-out') return null
  return (
    <div role="status">
      <Notice tone="warn" title={t(said[step], { app: app.name })} />
    </div>
  )
}
