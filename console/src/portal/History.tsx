import { useCallback, useEffect, useState } from 'react'
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
export function History({ slug }: { slug: string }) {
  const { t } = useTranslations()
  const { token } = useCustomer()
  const [events, setEvents] = useState<Event[]>()
  const [next, setNext] = useState<string | null>(null)
  const [fault, setFault] = useState<unknown>()
  const load = useCallback(
    async (cursor?: string) => {
      setFault(undefined)
      try {
        const page = await calls.history(token, slug, cursor)
        setEvents(known => [...((cursor && known) || []), ...page.docs])
        setNext(page.next_cursor)
      } catch (error) {
        setFault(error)
      }
    },
    [token, slug],
  )
  useEffect(() => void load(), [load])
  if (!events && fault === undefined) return null
  return (
    <section className={style.panel}>
      <h2>{t('history')}</h2>
      {fault !== undefined && <Fallen error={fault} onRetry={() => load()} />}
      {events?.length === 0 && <p className={style.since}>{t('noHistory')}</p>}
      <ol className={style.events}>
        {events?.map(event => (
          <EventRow key={event._id} event={event} />
        ))}
      </ol>
      {next && (
        <div>
          <Button small onClick={() => load(next)}>
            {t('older')}
          </Button>
        </div>
      )}
    </section>
  )
}

function EventRow({ event }: { event: Event }) {
  const { t, language } = useTranslations()
  const at = new Date(event.createdAt).toLocaleString(language, {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
  const good = event.event === 'Integration Created' || event.event === 'Reauthenticated'
  return (
    <li className={style.event}>
      <span className={classes(style.dot, !good && style.dotBad)} aria-hidden="true" />
      <span>{t(names[event.event])}</span>
      <time className={style.when} dateTime={event.createdAt}>
        {at}
      </time>
      {event.error && (
        <details>
          <summary>{event.error.message}</summary>
          {event.error.provider !== undefined && (
            <pre>{JSON.stringify(event.error.provider, null, 2)}</pre>
          )}
        </details>
      )}
    </li>
  )
}
