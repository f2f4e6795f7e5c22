import { Page } from '@/ui'

export const WebhooksPage = () => <Page title="WebhooksPage">{null}</Page>
