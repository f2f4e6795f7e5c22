import { useCallback, useEffect, useRef, useState } from 'react'
import type { Schema } from '@/api/client'
import type { MessageName } from '@/i18n/messages/en'
import { useTranslations } from '@/i18n/Translations'
import { Button } from '@/ui/Button'
import { classes } from '@/ui/classes'
import style from './AppView.module.css'
import { calls, useCustomer } from './context'
import { Fallen } from './Fallen'

type Event = Schema<'ConnectionEvent'>

const names: Record<Event['event'], MessageName> = {
  'Integration Created': 'eventCreated',
  Reauthenticated: 'eventReauthenticated',
  'Integration Expired': 'eventExpired',
  'Connection Failed': 'eventFailed',
  'Integration Deleted': 'eventDeleted',
}

/** What has happened to the customer's connections to this app, newest first. */
export function History({ slug, changes }: { slug: string; changes: number }) {
  const { t } = useTranslations()
  const { token } = useCustomer()
  const [events, setEvents] = useState<Event[]>()
  const [next, setNext] = useState<string | null>(null)
  const [failed, setFailed] = useState<{ fault: unknown; cursor?: string }>()
  const [busy, setBusy] = useState(false)
  // Only the last question's answer is shown.
  const asked = useRef(0)
  const load = useCallback(
    async (cursor?: string) => {
      asked.current += 1
      const mine = asked.current
      setFailed(undefined)
      setBusy(true)
      try {
        const page = await calls.history(token, slug, cursor)
        if (mine !== asked.current) return
        setEvents(known => [...((cursor && known) || []), ...page.docs])
        setNext(page.next_cursor)
      } catch (fault) {
        if (mine === asked.current) setFailed({ fault, cursor })
      }
      if (mine === asked.current) setBusy(false)
    },
    [token, slug],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change is a new event
  useEffect(() => void load(), [load, changes])
  if (!events && !failed) return null
  return (
    <section className={style.panel} aria-labelledby="history">
      <h2 id="history">{t('history')}</h2>
      {events?.length === 0 && <p className={style.since}>{t('noHistory')}</p>}
      {events && events.length > 0 && (
        <ol className={style.events}>
          {events.map(event => (
            <EventRow key={event._id} event={event} />
          ))}
        </ol>
      )}
      {failed && <Fallen error={failed.fault} onRetry={() => load(failed.cursor)} />}
      {next && !failed && (
        <div>
          <Button small busy={busy} onClick={() => load(next)}>
            {t('older')}
          </Button>
        </div>
      )}
    </section>
  )
}

const tones: Partial<Record<Event['event'], string | undefined>> = {
  'Integration Created': style.dotGood,
  Reauthenticated: style.dotGood,
  'Integration Expired': style.dotWarn,
  'Connection Failed': style.dotBad,
}

/** A provider's own words: a text as it is, anything else as JSON. */
const providerText = (said: unknown) =>
  typeof said === 'string' ? said : JSON.stringify(said, null, 2)

function EventRow({ event }: { event: Event }) {
  const { t, language } = useTranslations()
  const at = new Date(event.createdAt).toLocaleString(language, {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
  return (
    <li className={style.event}>
      <span className={classes(style.dot, tones[event.event])} aria-hidden="true" />
      <span>{t(names[event.event])}</span>
      <time className={style.when} dateTime={event.createdAt}>
        {at}
      </time>
      {event.error && <EventError error={event.error} />}
    </li>
  )
}

function EventError({ error }: { error: NonNullable<Event['error']> }) {
  const { provider } = error
  if (provider === undefined || provider === null) {
    return <p className={style.reason}>{error.message}</p>
  }
  return (
    <details className={style.reason}>
      <summary>{error.message}</summary>
      <pre>{providerText(provider)}</pre>
    </details>
  )
}
