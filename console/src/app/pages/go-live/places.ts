import type { Schema } from '@/api/client'

type Item = Schema<'GoLiveItem'>['item']
export type Place = { to: string; label: string }

/** Where in Live something of the checklist is done. */
export function placeOf(item: Item, slug?: string): Place {
  const connector = { to: slug ? `/connectors/${slug}` : '/connectors', label: 'Open connector' }
  const places: Record<Item, Place> = {
    live_key_used: { to: '/settings/credentials', label: 'Open credentials' },
    owner_two_factor: { to: '/profile', label: 'Open profile' },
    webhook_expired: { to: '/developer/webhooks', label: 'Open webhooks' },
    portal_origins: { to: '/settings/portal', label: 'Open portal settings' },
    connector_enabled: slug ? connector : { to: '/connectors', label: 'Open connectors' },
    own_client: connector,
    callback_url: connector,
    scopes_equal: connector,
    fields_set: connector,
    live_connection: { to: '/accounts', label: 'Open linked accounts' },
  }
  return places[item]
}
